"""content

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'content_counts',
        sa.Column('article', sa.Text(), nullable=False),
        sa.Column('what', sa.String(), nullable=False),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.Column('last_at', INSTANT, nullable=False),
        sa.PrimaryKeyConstraint('article', 'what', name=op.f('pk_content_counts')),
    )


def downgrade() -> None:
    op.drop_table('content_counts')
