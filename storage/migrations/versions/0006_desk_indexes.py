"""desk indexes

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

NOT_CLOSED = sa.text("state <> 'closed'")
OPEN = sa.text("state = 'open'")

INDEXES = {
    'ix_cases_of_account': ('account_id', NOT_CLOSED),
    'ix_cases_of_owner': ('owner', NOT_CLOSED),
    'ix_cases_unclaimed': ('team', OPEN),
}


def upgrade() -> None:
    for name, (column, where) in INDEXES.items():
        op.create_index(name, 'cases', [column, 'opened_at'], unique=False, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name='cases')
