"""What `celery -A` loads: the application whose broker the environment names."""

from __future__ import annotations

import os

from bench.peers.celery_eta import BROKER, app_of

app = app_of(os.environ[BROKER])
