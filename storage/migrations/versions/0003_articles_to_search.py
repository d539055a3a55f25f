"""articles to search

Revision: 0003, after 0002

FTS5 on SQLite, a tsvector and its GIN index on PostgreSQL. Filled from the article files, see storage/article_search.py.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(
            "CREATE VIRTUAL TABLE article_search USING fts5("
            "name UNINDEXED, locale UNINDEXED, title UNINDEXED, part UNINDEXED, size UNINDEXED, mark UNINDEXED, words, "
            "tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        return
    op.create_table('article_search',
    sa.Column('id', sa.BigInteger(), sa.Identity(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('locale', sa.String(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('part', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('mark', sa.String(), nullable=False),
    sa.Column('words', TSVECTOR(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_article_search'))
    )
    op.create_index('ix_article_search_words', 'article_search', ['words'], unique=False, postgresql_using='gin')


def downgrade() -> None:
    op.drop_table('article_search')
