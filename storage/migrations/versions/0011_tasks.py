"""tasks

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')
DOCUMENT = sa.Text().with_variant(postgresql.JSONB(), 'postgresql')
OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    op.create_table(
        'tasks',
        sa.Column('uid', sa.Text(), nullable=False),
        sa.Column('person_id', sa.String(), nullable=False),
        sa.Column('account_id', sa.String(), nullable=True),
        sa.Column('team', sa.Text(), nullable=False),
        sa.Column('assignee', sa.String(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('due_at', INSTANT, nullable=False),
        sa.Column('content', DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_tasks_person_id')),
        sa.PrimaryKeyConstraint('uid', name=op.f('pk_tasks')),
    )
    op.create_index('ix_tasks_of_assignee', 'tasks', ['assignee', 'due_at'], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index('ix_tasks_of_team', 'tasks', ['team', 'due_at'], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(op.f('ix_tasks_account_id'), 'tasks', ['account_id'], unique=False)
    op.create_index(op.f('ix_tasks_person_id'), 'tasks', ['person_id'], unique=False)


def downgrade() -> None:
    op.drop_table('tasks')
