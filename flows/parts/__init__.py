"""The parts of a playbook, each as frozen values. `flows.playbook` puts them together."""
