"""merges

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')
MERGED = sa.text('merged_into IS NOT NULL')


def upgrade() -> None:
    with op.batch_alter_table('people') as batch:
        batch.add_column(sa.Column('merged_into', sa.String(), nullable=True))
        batch.create_foreign_key(op.f('fk_people_merged_into'), 'people', ['merged_into'], ['id'])
    op.create_index('ix_people_merged', 'people', ['merged_into'], unique=False, sqlite_where=MERGED, postgresql_where=MERGED)
    with op.batch_alter_table('identities') as batch:
        batch.add_column(sa.Column('moved_from', sa.String(), nullable=True))
        batch.create_foreign_key(op.f('fk_identities_moved_from'), 'people', ['moved_from'], ['id'])
    op.create_table(
        'merges',
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('at', INSTANT, nullable=False),
        sa.Column('kept', sa.String(), nullable=False),
        sa.Column('gone', sa.String(), nullable=False),
        sa.Column('because', sa.Text(), nullable=False),
        sa.Column('refused', sa.Text(), nullable=False),
        sa.Column('undone_at', INSTANT, nullable=True),
        sa.Column('undone_by', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['kept'], ['people.id'], name=op.f('fk_merges_kept')),
        sa.ForeignKeyConstraint(['gone'], ['people.id'], name=op.f('fk_merges_gone')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_merges')),
    )
    op.create_index(op.f('ix_merges_kept'), 'merges', ['kept'], unique=False)
    op.create_index(op.f('ix_merges_gone'), 'merges', ['gone'], unique=False)


def downgrade() -> None:
    op.drop_table('merges')
    with op.batch_alter_table('identities') as batch:
        batch.drop_constraint(op.f('fk_identities_moved_from'), type_='foreignkey')
        batch.drop_column('moved_from')
    op.drop_index('ix_people_merged', table_name='people')
    with op.batch_alter_table('people') as batch:
        batch.drop_constraint(op.f('fk_people_merged_into'), type_='foreignkey')
        batch.drop_column('merged_into')
