"""casework

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

JSON = sa.Text().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")

OWNED = sa.text("owner <> ''")
HELD = sa.text("held_until IS NOT NULL")
EMPTY = sa.text("''")

# Until now a case's `note` was the engine's own word on why it was closed; a colleague's note takes that name.
KNOWN = {
    "sqlite": (
        "UPDATE cases SET content = json_remove(json_set(content, '$.ended_why', json_extract(content, '$.note'),"
        " '$.owner', json_extract(content, '$.claimed_by'), '$.owner_name', json_extract(content, '$.claimed_name')), '$.note')",
        "UPDATE cases SET owner = coalesce(json_extract(content, '$.claimed_by'), ''), account_id = json_extract(content, '$.account_id'),"
        " step = coalesce(json_extract(content, '$.step'), '')",
        "UPDATE accounts SET owner = lower(trim(coalesce(json_extract(state, '$.owner'), '')))",
    ),
    "postgresql": (
        "UPDATE cases SET content = (content - 'note') || jsonb_build_object('ended_why', content->>'note',"
        " 'owner', content->>'claimed_by', 'owner_name', content->>'claimed_name')",
        "UPDATE cases SET owner = coalesce(content->>'claimed_by', ''), account_id = content->>'account_id',"
        " step = coalesce(content->>'step', '')",
        "UPDATE accounts SET owner = lower(trim(coalesce(state->>'owner', '')))",
    ),
}
# Open cases of before know neither team nor reminders; whoever has one is asked again, and deciding gives them both.
WAKE = (
    "UPDATE people SET wake_at = (SELECT min(opened_at) FROM cases WHERE person_id = people.id AND state <> 'closed'),"
    " version = version + 1 WHERE id IN (SELECT person_id FROM cases WHERE state <> 'closed')"
)
FORGET = {
    "sqlite": "UPDATE cases SET content = json_remove(json_set(content, '$.note', json_extract(content, '$.ended_why')), '$.ended_why')",
    "postgresql": "UPDATE cases SET content = (content - 'ended_why') || jsonb_build_object('note', content->>'ended_why')",
}


def upgrade() -> None:
    op.add_column('accounts', sa.Column('owner', sa.Text(), nullable=False, server_default=EMPTY))
    op.add_column('people', sa.Column('held_until', INSTANT, nullable=True))
    op.add_column('people', sa.Column('held_risk', sa.Float(), nullable=True))
    op.add_column('people', sa.Column('held_team', sa.Text(), nullable=True))
    op.add_column('decisions', sa.Column('allotment', JSON, nullable=True))
    op.add_column('cases', sa.Column('team', sa.Text(), nullable=False, server_default=EMPTY))
    op.add_column('cases', sa.Column('owner', sa.String(), nullable=False, server_default=EMPTY))
    op.add_column('cases', sa.Column('given_at', INSTANT, nullable=True))
    op.add_column('cases', sa.Column('account_id', sa.String(), nullable=True))
    op.add_column('cases', sa.Column('step', sa.String(), nullable=False, server_default=EMPTY))
    op.add_column('case_messages', sa.Column('files', JSON, nullable=False, server_default=sa.text("'[]'")))
    for statement in (*KNOWN[op.get_bind().dialect.name], WAKE):
        op.execute(sa.text(statement))
    op.create_index('ix_accounts_owner', 'accounts', ['owner'], unique=False, sqlite_where=OWNED, postgresql_where=OWNED)
    op.create_index('ix_people_held', 'people', ['held_until', 'held_team'], unique=False, sqlite_where=HELD, postgresql_where=HELD)
    op.create_index('ix_cases_today', 'cases', ['team', 'opened_at'], unique=False)
    op.create_index('ix_cases_given', 'cases', ['owner', 'given_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_cases_given', table_name='cases')
    op.drop_index('ix_cases_today', table_name='cases')
    op.drop_index('ix_people_held', table_name='people')
    op.drop_index('ix_accounts_owner', table_name='accounts')
    op.execute(sa.text(FORGET[op.get_bind().dialect.name]))
    op.execute(sa.text("DELETE FROM outbox WHERE kind = 'draw' AND recipient LIKE 'draw:team:%'"))  # the release before draws no such thing
    gone = {
        'case_messages': ['files'],
        'cases': ['team', 'owner', 'given_at', 'account_id', 'step'],
        'decisions': ['allotment'],
        'people': ['held_until', 'held_risk', 'held_team'],
        'accounts': ['owner'],
    }
    for table, columns in gone.items():
        counts = {'sqlite_autoincrement': True} if table == 'decisions' else {}
        with op.batch_alter_table(table, table_kwargs=counts) as batch_op:
            for column in columns:
                batch_op.drop_column(column)
