"""fates that were told

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

UNTOLD = sa.text("state IN ('failed', 'suppressed', 'expired', 'unknown') AND NOT told")


def upgrade() -> None:
    op.add_column('outbox', sa.Column('told', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index('ix_outbox_untold', 'outbox', ['id'], unique=False, sqlite_where=UNTOLD, postgresql_where=UNTOLD)


def downgrade() -> None:
    op.drop_index('ix_outbox_untold', table_name='outbox')
    with op.batch_alter_table('outbox', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_column('told')
