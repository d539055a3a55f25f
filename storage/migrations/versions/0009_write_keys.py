"""write keys

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')
IN_USE = sa.text('revoked_at IS NULL')


def upgrade() -> None:
    op.create_table(
        'write_keys',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('hash', sa.String(), nullable=False),
        sa.Column('scope', sa.String(), nullable=False),
        sa.Column('created_at', INSTANT, nullable=False),
        sa.Column('revoked_at', INSTANT, nullable=True),
        sa.Column('last_used_at', INSTANT, nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_write_keys')),
        sa.UniqueConstraint('hash', name=op.f('uq_write_keys_hash')),
    )
    op.create_index('ix_write_keys_in_use', 'write_keys', ['name'], unique=True, sqlite_where=IN_USE, postgresql_where=IN_USE)


def downgrade() -> None:
    op.drop_table('write_keys')
