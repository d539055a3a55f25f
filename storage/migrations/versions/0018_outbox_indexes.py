"""what expires and what is held, found without looking at all that waits

Revision: 0018, after 0017
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def _only(where: str) -> dict[str, Any]:
    return {'sqlite_where': sa.text(where), 'postgresql_where': sa.text(where)}


def upgrade() -> None:
    op.create_index('ix_outbox_expires', 'outbox', ['expires_at'], **_only("state = 'pending'"))
    op.create_index('ix_outbox_held', 'outbox', ['token'], **_only("state IN ('claimed', 'sending')"))


def downgrade() -> None:
    op.drop_index('ix_outbox_held', table_name='outbox')
    op.drop_index('ix_outbox_expires', table_name='outbox')
