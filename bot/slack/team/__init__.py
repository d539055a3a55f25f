"""The team's side in Slack, one file for each thing a colleague does."""
