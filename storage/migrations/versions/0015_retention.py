"""what is left when somebody's past goes: that it went, and what their journey came to

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'cohorts',
        sa.Column('playbook', sa.String(), nullable=False),
        sa.Column('week', sa.String(), nullable=False),
        sa.Column('what', sa.String(), nullable=False),
        sa.Column('n', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('playbook', 'week', 'what', name=op.f('pk_cohorts')),
    )
    op.create_table(
        'gone_pasts',
        sa.Column('person_id', sa.String(), nullable=False),
        sa.Column('before', INSTANT, nullable=False),
        sa.Column('journey', sa.String(), nullable=True),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_gone_pasts_person_id')),
        sa.PrimaryKeyConstraint('person_id', name=op.f('pk_gone_pasts')),
    )
    op.create_index('ix_case_messages_event_id', 'case_messages', ['event_id'])


def downgrade() -> None:
    op.drop_index('ix_case_messages_event_id', table_name='case_messages')
    op.drop_table('gone_pasts')
    op.drop_table('cohorts')
