"""Procrastinate's tables on PostgreSQL, and paces that a power cut may forget

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

from storage.jobs import create_tables, drop_tables

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('paces') as batch:
        batch.add_column(sa.Column('promised', INSTANT, nullable=True))
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE paces SET UNLOGGED')
        create_tables(op.get_bind())


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        drop_tables(op.get_bind())
        op.execute('ALTER TABLE paces SET LOGGED')
    with op.batch_alter_table('paces') as batch:
        batch.drop_column('promised')
