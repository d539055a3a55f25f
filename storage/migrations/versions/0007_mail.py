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
    _domains_in_ascii()


def _domains_in_ascii() -> None:
    """Addresses are compared as mail servers write them from now on. What has no such form stays as it is."""
    connection = op.get_bind()
    people = {row[0] for row in connection.execute(sa.text("SELECT email FROM people WHERE email <> ''"))}
    shut = {row[0] for row in connection.execute(sa.text("SELECT address FROM suppressions WHERE channel = 'email'"))}
    for old in sorted(people | shut):
        local, _, domain = old.rpartition('@')
        try:
            new = old if domain.isascii() else f"{local}@{domain.encode('idna').decode('ascii')}"
        except UnicodeError:
            continue
        if new != old:
            both = {'old': old, 'new': new}
            connection.execute(sa.text('UPDATE people SET email = :new WHERE email = :old'), both)
            if new not in shut:
                connection.execute(sa.text("UPDATE suppressions SET address = :new WHERE channel = 'email' AND address = :old"), both)


def downgrade() -> None:
    op.drop_table('files')
    op.drop_table('strays')
    with op.batch_alter_table('suppressions') as batch:
        batch.drop_column('why')
