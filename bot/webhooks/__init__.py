"""Telling others what happens, as Standard Webhooks (https://www.standardwebhooks.com)."""
