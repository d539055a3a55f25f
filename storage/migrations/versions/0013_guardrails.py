"""guardrails

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')
DOCUMENT = sa.Text().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    op.create_table(
        'event_catalogue',
        sa.Column('source', sa.Text(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('first_seen', INSTANT, nullable=False),
        sa.Column('last_seen', INSTANT, nullable=False),
        sa.Column('n', sa.BigInteger(), nullable=False),
        sa.Column('properties', DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint('source', 'name', name=op.f('pk_event_catalogue')),
    )
    op.create_table(
        'event_volumes',
        sa.Column('source', sa.Text(), nullable=False),
        sa.Column('hour', INSTANT, nullable=False),
        sa.Column('n', sa.BigInteger(), nullable=False),
        sa.Column('refused', sa.BigInteger(), nullable=False),
        sa.Column('unknown', sa.BigInteger(), nullable=False),
        sa.Column('skew_ms', sa.BigInteger(), nullable=False),
        sa.Column('skew_n', sa.BigInteger(), nullable=False),
        sa.Column('skewed', sa.BigInteger(), nullable=False),
        sa.Column('late', sa.BigInteger(), nullable=False),
        sa.Column('future', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('source', 'hour', name=op.f('pk_event_volumes')),
    )
    op.create_index('ix_event_volumes_hour', 'event_volumes', ['hour'])
    op.create_table(
        'guardrails',
        sa.Column('source', sa.Text(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('since', INSTANT, nullable=True),
        sa.Column('told', sa.Boolean(), nullable=False),
        sa.Column('told_at', INSTANT, nullable=True),
        sa.Column('facts', DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint('source', 'kind', name=op.f('pk_guardrails')),
    )


def downgrade() -> None:
    op.drop_table('guardrails')
    op.drop_index('ix_event_volumes_hour', table_name='event_volumes')
    op.drop_table('event_volumes')
    op.drop_table('event_catalogue')
