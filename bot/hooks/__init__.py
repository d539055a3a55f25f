"""Signed webhooks of business systems: verified, read by a project's `sources/*.yaml`, and taken in like the product's own calls."""
