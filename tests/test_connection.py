"""The connection to a panel: where it is found, and old TLS."""

import asyncio
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
import ssl
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.bas_ip.connection import async_find_panel, temporary_client
from custom_components.bas_ip.panel.client import PanelClient
from custom_components.bas_ip.panel.errors import (
    AnotherDeviceError,
    BlockedError,
    ConnectionFailedError,
    NotAPanelError,
    PanelError,
)
from simulator import Answer, Close, Hang, SimulatedPanel
from simulator.faults import HTML_PAGE

from .conftest import LOGOUT, asked, entry_of, state_of
from .flows import form_of, placeholders, read, start, submit

# The group of 1024 bits of RFC 2409, section 6.2, as PKCS #3 writes it.
SHORT_DH = bytes.fromhex(
    "30818702818100"
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
    "020102"
)
WEAK_CIPHERS = {
    "short DH": "DHE-RSA-AES128-SHA",
    "no forward secrecy": "AES128-SHA",
}


async def test_logout_that_is_cancelled(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry
) -> None:
    """The session is detached all the same."""
    clients: list[PanelClient] = []

    async def log_in() -> None:
        async with temporary_client(hass, entry.data) as client:
            clients.append(client)
            await client.login()

    panel.fail(Hang(), path=LOGOUT)
    task = asyncio.create_task(log_in())
    async with asyncio.timeout(5):
        while (await panel.next_request()).path != LOGOUT:
            pass
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert clients[0]._session.closed


async def test_panel_behind_a_wrong_device(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """A router's page at http, and a panel at https, say."""
    panel.fail(HTML_PAGE)

    address, info = await async_find_panel(
        hass, entry.data, [URL(panel.url), URL(other_panel.url)]
    )

    assert address == {"host": "127.0.1.2", "port": other_panel.port, "ssl": False}
    assert info.name == "Garage gate"
    assert asked(other_panel) == ["/api/info"]


async def test_known_panel_behind_another_one(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    address, _ = await async_find_panel(
        hass, entry.data, [URL(other_panel.url), URL(panel.url)], entry
    )

    assert address["host"] == panel.host


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        (Close(), Close(), ConnectionFailedError),
        (Close(), HTML_PAGE, NotAPanelError),
        (HTML_PAGE, Close(), NotAPanelError),
        (Answer(403), HTML_PAGE, BlockedError),
        (HTML_PAGE, Answer(403), BlockedError),
        (None, Close(), AnotherDeviceError),
        (HTML_PAGE, None, AnotherDeviceError),
    ],
)
async def test_most_telling_error(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    first: Answer | Close | None,
    second: Answer | Close | None,
    error: type[PanelError],
) -> None:
    """A panel that answers says more than another device, and that more than nothing."""
    for each, fault in ((panel, first), (other_panel, second)):
        each.info["device_serial_number"] = "another"
        if fault:
            each.fail(fault)

    with pytest.raises(error) as raised:
        await async_find_panel(
            hass, entry.data, [URL(panel.url), URL(other_panel.url)], entry
        )

    assert type(raised.value) is error


def weak_context(folder: Path, host: str, ciphers: str) -> ssl.SSLContext:
    """Return what a server of old firmware has: short keys, and one old cipher."""
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem, dh = folder / "panel.pem", folder / "dh.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    dh.write_bytes(
        b"-----BEGIN DH PARAMETERS-----\n"
        + b64encode(SHORT_DH)
        + b"\n-----END DH PARAMETERS-----\n"
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    context.load_cert_chain(pem)
    context.load_dh_params(dh)
    return context


@pytest.fixture(params=WEAK_CIPHERS)
async def weak_panel(
    https_panel: SimulatedPanel, tmp_path: Path, request: pytest.FixtureRequest
) -> SimulatedPanel:
    """Return a panel that only offers what is no longer taken by default."""
    await https_panel.switch_off()
    https_panel._ssl_context = weak_context(
        tmp_path, https_panel.host, WEAK_CIPHERS[request.param]
    )
    await https_panel.switch_on()
    return https_panel


async def test_weak_tls(
    hass: HomeAssistant, enable_custom_integrations: None, weak_panel: SimulatedPanel
) -> None:
    """It is taken where the certificate is not verified."""
    form: dict[str, Any] = form_of(weak_panel, verify_ssl=True)
    result = await submit(hass, await start(hass), form)
    assert result["errors"] == {"advanced": "invalid_certificate"}

    form["advanced"]["verify_ssl"] = False
    result = await submit(hass, result, form)
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, {})

    assert result["result"].data["ssl"] is True
    assert state_of(hass, "sensor.front_door") == "as_expected"


async def test_https_only(
    hass: HomeAssistant, enable_custom_integrations: None, https_panel: SimulatedPanel
) -> None:
    """A panel that does not speak http is found without any word of it."""
    result = await read(hass, https_panel)
    port = https_panel.port
    assert placeholders(result)["address"] == (
        f"http://127.0.1.1:{port}, https://127.0.1.1:{port}"
    )
    result = await submit(hass, result, {})

    entry = result["result"]
    assert entry.data["ssl"] is True
    assert entry.data["port"] == port
    known = dict(entry_of(https_panel).data)
    assert entry.data["second_account_path"] == known["second_account_path"]
    # The login went out by https only.
    assert len(https_panel.logins) == 2
