"""activity in one document a person, counts of accounts, the history of segments

What was counted is counted anew from the events when somebody is next looked at.

Revision: 0008, after 0007
"""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')
SERIAL = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
DOCUMENT = sa.Text().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    op.drop_table('activity')
    op.create_table(
        'activity',
        sa.Column('person_id', sa.String(), nullable=False),
        sa.Column('tallies', DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_activity_person_id')),
        sa.PrimaryKeyConstraint('person_id', name=op.f('pk_activity')),
    )
    op.execute("UPDATE people SET kept = '[]'")
    op.create_table(
        'account_counts',
        sa.Column('account_id', sa.String(), nullable=False),
        sa.Column('what', sa.Text(), nullable=False),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_account_counts_account_id')),
        sa.PrimaryKeyConstraint('account_id', 'what', name=op.f('pk_account_counts')),
    )
    op.create_table(
        'segment_changes',
        sa.Column('id', SERIAL, nullable=False),
        sa.Column('person_id', sa.String(), nullable=False),
        sa.Column('dimension', sa.String(), nullable=False),
        sa.Column('before', sa.String(), nullable=False),
        sa.Column('segment', sa.String(), nullable=False),
        sa.Column('at', INSTANT, nullable=False),
        sa.Column('because', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_segment_changes_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_segment_changes')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_segment_changes_person_id_id'), 'segment_changes', ['person_id', 'id'], unique=False)
    op.add_column('events', sa.Column('company', DOCUMENT, nullable=True))
    _begin_history()
    _count_accounts()


def _begin_history() -> None:
    """Where everybody stands now is the first that their history tells."""
    known = "SELECT person_id, dimension, '', segment, since, '' FROM people_segments ORDER BY since, person_id, dimension"
    op.execute(f'INSERT INTO segment_changes (person_id, dimension, before, segment, "at", because) {known}')


def _count_accounts() -> None:
    connection = op.get_bind()
    counts: Counter[tuple[str, str]] = Counter()
    for account, state in connection.execute(sa.text('SELECT account_id, state FROM people WHERE account_id IS NOT NULL')):
        person = json.loads(state) if isinstance(state, str) else state
        if person.get('joined_at') and not person.get('left_at'):
            counts.update((account, what) for what in _counted(person))
    rows = [{'account': account, 'what': what, 'n': n} for (account, what), n in counts.items()]
    if rows:
        connection.execute(sa.text('INSERT INTO account_counts (account_id, what, n) VALUES (:account, :what, :n)'), rows)


def _counted(person: dict[str, Any]) -> list[str]:
    found = ['people']
    if person.get('last_active'):
        found.append(f'active:{datetime.fromisoformat(person["last_active"]).astimezone(UTC).date().isoformat()}')
    if journey := person.get('journey'):
        found.append(f'in:{journey["playbook"]}')
        done = [name for name, step in journey.get('steps', {}).items() if step.get('at') and step.get('how') != 'skipped']
        found += [f'done:{journey["playbook"]}:{name}' for name in done]
    return found


def downgrade() -> None:
    with op.batch_alter_table('events', table_kwargs={'sqlite_autoincrement': True}) as batch:
        batch.drop_column('company')
    op.drop_table('segment_changes')
    op.drop_table('account_counts')
    op.drop_table('activity')
    op.create_table(
        'activity',
        sa.Column('person_id', sa.String(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('day', sa.String(), nullable=False),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.Column('totals', DOCUMENT, nullable=True),
        sa.Column('first_at', INSTANT, nullable=False),
        sa.Column('last_at', INSTANT, nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_activity_person_id')),
        sa.PrimaryKeyConstraint('person_id', 'name', 'day', name=op.f('pk_activity')),
    )
    op.execute("UPDATE people SET kept = '[]'")
