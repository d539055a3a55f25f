"""The official clients for Node, where they are installed: NODE_PATH names the folder (node_modules) they are in."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.ingest.conftest import Product

SEGMENT = """
const { Analytics } = require("@segment/analytics-node");
const client = new Analytics({ writeKey: process.argv[2], host: process.argv[1], maxRetries: 0 });
client.on("error", (error) => { console.error(error); process.exitCode = 1; });
client.identify({ userId: "nora", traits: { name: "Nora", email: "nora.node@solo.test" } });
client.track({ userId: "nora", event: "report.created", properties: { rows: 1 } });
client.page({ userId: "nora", name: "Docs" });
client.group({ userId: "nora", groupId: "noras", traits: { plan: "team" } });
client.closeAndFlush();
"""
RUDDER = """
const module_ = require("@rudderstack/rudder-sdk-node");
const client = new (module_.default || module_)(process.argv[2], { dataPlaneUrl: process.argv[1], flushAt: 1 });
const told = (error) => { if (error) { console.error(error); process.exitCode = 1; } };
client.identify({ userId: "nils", traits: { name: "Nils" } }, told);
client.track({ userId: "nils", event: "report.created" }, told);
client.flush((error) => { told(error); setTimeout(() => process.exit(), 500); });
"""


def sent_by(package: str, program: str, product: Product) -> None:
    node = shutil.which("node")
    if not node or subprocess.run([node, "-e", f"require('{package}')"], capture_output=True, check=False).returncode:
        pytest.skip(f"{package} DID NOT RUN: install it and name its folder in NODE_PATH (now {os.environ.get('NODE_PATH', 'not set')})")
    ran = subprocess.run([node, "-e", program, product.url, product.key], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.gate
def test_segments_client_for_node_tells_of_nora(product: Product):
    sent_by("@segment/analytics-node", SEGMENT, product)
    account = product.subject("nora").account
    assert account is not None
    assert (product.person("nora").email, account.traits["plan"]) == ("nora.node@solo.test", "team")
    assert product.did("nora") == ["report.created", "page.viewed"]


@pytest.mark.gate
def test_rudderstacks_client_for_node_tells_of_nils(product: Product):
    sent_by("@rudderstack/rudder-sdk-node", RUDDER, product)
    assert product.person("nils").name == "Nils"
    assert product.did("nils") == ["report.created"]
