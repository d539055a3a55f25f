"""leases for waking, a shared pace, and what an event led to

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')


def upgrade() -> None:
    op.add_column('people', sa.Column('wake_lease', INSTANT, nullable=True))
    op.add_column('outbox', sa.Column('cause', sa.Text(), nullable=False, server_default=''))
    op.create_table(
        'paces',
        sa.Column('lane', sa.Text(), nullable=False),
        sa.Column('tokens', sa.Float(), nullable=False),
        sa.Column('at', INSTANT, nullable=False),
        sa.Column('paused_until', INSTANT, nullable=True),
        sa.PrimaryKeyConstraint('lane', name=op.f('pk_paces')),
    )
    op.create_table(
        'spent_keys',
        sa.Column('source', sa.Text(), nullable=False),
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('until', INSTANT, nullable=False),
        sa.PrimaryKeyConstraint('source', 'key', name=op.f('pk_spent_keys')),
    )
    op.create_index('ix_spent_keys_until', 'spent_keys', ['until'])


def downgrade() -> None:
    op.drop_index('ix_spent_keys_until', table_name='spent_keys')
    op.drop_table('spent_keys')
    op.drop_table('paces')
    op.drop_column('outbox', 'cause')
    op.drop_column('people', 'wake_lease')
