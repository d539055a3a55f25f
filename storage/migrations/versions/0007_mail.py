"""mail

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')
SERIAL = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('suppressions') as batch:
        batch.add_column(sa.Column('why', sa.Text(), nullable=False, server_default=''))
    with op.batch_alter_table('suppressions') as batch:
        batch.alter_column('why', server_default=None)
    op.create_table(
        'strays',
        sa.Column('id', SERIAL, nullable=False),
        sa.Column('source', sa.Text(), nullable=False),
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('at', INSTANT, nullable=False),
        sa.Column('what', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_strays')),
        sa.UniqueConstraint('source', 'key', name=op.f('uq_strays_source_key')),
    )
    op.create_index(op.f('ix_strays_at'), 'strays', ['at'], unique=False)
    op.create_table(
        'files',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('person_id', sa.String(), nullable=False),
        sa.Column('at', INSTANT, nullable=False),
        sa.Column('mimetype', sa.String(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_files_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_files')),
    )
    op.create_index(op.f('ix_files_person_id'), 'files', ['person_id'], unique=False)


def downgrade() -> None:
    op.drop_table('files')
    op.drop_table('strays')
    with op.batch_alter_table('suppressions') as batch:
        batch.drop_column('why')
