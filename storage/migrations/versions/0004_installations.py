"""installations

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

JSON = sa.Text().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table('installations',
    sa.Column('team', sa.String(), nullable=False),
    sa.Column('org', sa.Boolean(), nullable=False),
    sa.Column('app', sa.String(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('bot', sa.String(), nullable=False),
    sa.Column('bot_user', sa.String(), nullable=False),
    sa.Column('scopes', JSON, nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('refresh_token', sa.String(), nullable=False),
    sa.Column('expires_at', INSTANT, nullable=True),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('installer', sa.String(), nullable=False),
    sa.Column('installed_at', INSTANT, nullable=False),
    sa.Column('removed_at', INSTANT, nullable=True),
    sa.Column('removed_why', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('team', name=op.f('pk_installations'))
    )
    op.create_table('oauth_states',
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('person_id', sa.String(), nullable=True),
    sa.Column('issued_at', INSTANT, nullable=False),
    sa.Column('expires_at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('state', name=op.f('pk_oauth_states'))
    )
    op.create_index(op.f('ix_oauth_states_issued_at'), 'oauth_states', ['issued_at'], unique=False)
    op.create_index(op.f('ix_oauth_states_person_id'), 'oauth_states', ['person_id'], unique=False)


def downgrade() -> None:
    op.drop_table('oauth_states')
    op.drop_table('installations')
