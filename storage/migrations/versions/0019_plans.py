"""the index of what expires holds only that, so that nobody looks there for what is pending; nothing is NULL, and not JSON's null

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

MAY_BE_NOTHING = {'events': ['company'], 'decisions': ['allotment'], 'outbox': ['to', 'draw', 'when_sent', 'sent_payload']}


def upgrade() -> None:
    _expiring("state = 'pending' AND expires_at IS NOT NULL")
    if op.get_bind().dialect.name == 'postgresql':
        for table, columns in MAY_BE_NOTHING.items():
            for column in columns:
                op.execute(f"""UPDATE {table} SET "{column}" = NULL WHERE "{column}" = 'null'""")


def downgrade() -> None:
    _expiring("state = 'pending'")


def _expiring(where: str) -> None:
    op.drop_index('ix_outbox_expires', table_name='outbox')
    op.create_index('ix_outbox_expires', 'outbox', ['expires_at'], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
