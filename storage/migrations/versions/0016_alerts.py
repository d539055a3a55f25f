"""alerts, what became of messages by the minute, and unknown ones that somebody left

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')
DOCUMENT = sa.Text().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    op.create_table(
        'alerts',
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('since', INSTANT, nullable=True),
        sa.Column('told', sa.Boolean(), nullable=False),
        sa.Column('told_at', INSTANT, nullable=True),
        sa.Column('facts', DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint('kind', name=op.f('pk_alerts')),
    )
    op.create_table(
        'sendings',
        sa.Column('channel', sa.String(), nullable=False),
        sa.Column('fate', sa.String(), nullable=False),
        sa.Column('minute', INSTANT, nullable=False),
        sa.Column('n', sa.BigInteger(), nullable=False),
        sa.Column('late_n', sa.BigInteger(), nullable=False),
        sa.Column('late_ms', sa.BigInteger(), nullable=False),
        sa.Column('late_most_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('channel', 'fate', 'minute', name=op.f('pk_sendings')),
    )
    op.create_index('ix_sendings_minute', 'sendings', ['minute'])
    op.create_table(
        'unknowns_left',
        sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('at', INSTANT, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_unknowns_left')),
    )


def downgrade() -> None:
    op.drop_table('unknowns_left')
    op.drop_index('ix_sendings_minute', table_name='sendings')
    op.drop_table('sendings')
    op.drop_table('alerts')
