"""Where webhooks may post: what is private is refused, however it is written, when added and at each post."""

import datetime
import ssl
from dataclasses import replace
from ipaddress import ip_address

import pytest

from config.notice_env import NoticeSettings
from core.errors import Invalid
from core.models import AuditEvent, Webhook
from core.roles import Role
from core.webhooks import addresses, posting, services
from core.webhooks.wanted import Wanted
from tests.factories import a_user, acting
from tests.notices.receiver import Receiver


def allow(settings, *networks: str) -> None:
    settings.NOTICES = replace(settings.NOTICES, webhooks_allow=networks, timeout_s=2.0)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "0.0.0.0", "10.1.2.3",
        "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255",
        "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
        "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "[ff02::1]",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_however_they_are_written(settings, host):
    allow(settings)

    with pytest.raises(Invalid) as refused:
        addresses.target(f"https://{host}/hook")

    assert refused.value.code == "address-refused"


@pytest.mark.parametrize(
    "url",
    [
        "", "hook", "ftp://93.184.216.34/", "file:///etc/passwd", "https://", "https:///x",
        "https://user:pw@93.184.216.34/", "https://93.184.216.34\\@127.0.0.1/", "https://93.184.216.34:0/",
        "https://93.184.216.34:99999/", "https://exa mple.com/", "https://93.184.216.34/\r\nX: y",
        "https://例.example/", "https://93.184.216.34/" + "x" * 2000,
    ],
)  # fmt: skip
def test_what_is_not_a_plain_address_is_refused(settings, url):
    allow(settings)

    with pytest.raises(Invalid) as refused:
        addresses.target(url)

    assert refused.value.code == "bad-url"


def test_a_public_address_is_taken_with_https_only(settings):
    allow(settings)

    found = addresses.target("https://93.184.216.34/hook?a=b#c")

    assert (found.address, found.port, found.path) == ("93.184.216.34", 443, "/hook?a=b")
    with pytest.raises(Invalid) as refused:
        addresses.target("http://93.184.216.34/hook")
    assert refused.value.code == "https-required"


def test_a_network_that_is_listed_may_be_called_and_its_neighbour_not(settings):
    allow(settings, "10.1.0.0/16", "::1/128")

    assert addresses.target("http://10.1.2.3:8080/").address == "10.1.2.3"
    with pytest.raises(Invalid):
        addresses.target("https://10.2.0.1/")


def test_a_name_with_one_private_address_is_refused_altogether(settings, monkeypatch):
    allow(settings)
    answers = [(2, 1, 6, "", (host, 443)) for host in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_args, **_more: answers)

    with pytest.raises(Invalid):
        addresses.target("https://rebind.example/")


def test_a_network_that_is_none_fails_at_start():
    with pytest.raises(ValueError, match="does not appear to be"):
        NoticeSettings.from_env({"CONCH_WEBHOOKS_ALLOW": "10.0.0.0/8, intranet"})


@pytest.mark.django_db(transaction=True)
def test_a_refused_address_adds_and_changes_nothing(settings):
    allow(settings, "10.1.0.0/16")
    admin = acting(a_user(Role.ADMIN))
    good = Wanted(name="a", url="https://10.1.2.3/", events=["alias.set"])
    made, _secret = services.create_webhook(actor=admin, wanted=good)

    with pytest.raises(Invalid):
        services.create_webhook(actor=admin, wanted=replace(good, url="https://169.254.169.254/"))
    edit = Wanted(name="b", url="http://localhost/")
    with pytest.raises(Invalid):
        services.edit_webhook(actor=admin, webhook_id=str(made.pk), wanted=edit)

    assert list(Webhook.objects.values_list("name", "url")) == [("a", "https://10.1.2.3/")]
    assert AuditEvent.objects.filter(verb__startswith="webhook.").count() == 1


def test_a_network_that_is_no_longer_listed_is_not_called(settings):
    receiver = Receiver()
    try:
        allow(settings)
        answer = posting.post(receiver.url, body=b"{}", headers={})
    finally:
        receiver.stop()

    assert answer.status_code is None
    assert "private address (127.0.0.1)" in answer.error
    assert receiver.got == []


def test_a_name_without_an_address_and_a_closed_port_are_errors_of_the_post(settings):
    allow(settings, "127.0.0.0/8")

    assert "has no address" in posting.post("https://nowhere.invalid/", body=b"", headers={}).error
    assert "refused" in posting.post("http://127.0.0.1:1/", body=b"", headers={}).error


def test_proxies_of_the_environment_are_not_used(settings, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    allow(settings, "127.0.0.0/8")
    receiver = Receiver()
    try:
        assert posting.post(receiver.url, body=b"{}", headers={}).is_taken
    finally:
        receiver.stop()


def test_certificates_are_checked_against_the_name_and_the_address_stays_the_checked_one(
    settings, tmp_path, monkeypatch
):
    allow(settings, "127.0.0.0/8", "::1/128")
    path = certificate(tmp_path / "cert.pem", "conch-test.localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    receiver = Receiver(wrap=lambda line: context.wrap_socket(line, server_side=True))
    answers = [(2, 1, 6, "", ("127.0.0.1", receiver.port))]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_args, **_more: answers)
    try:
        url = f"https://conch-test.localhost:{receiver.port}/hook"
        assert "CERTIFICATE_VERIFY_FAILED" in posting.post(url, body=b"{}", headers={}).error
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        assert posting.post(url, body=b"{}", headers={}).is_taken
        other = f"https://other.localhost:{receiver.port}/hook"
        assert "Hostname mismatch" in posting.post(other, body=b"{}", headers={}).error
    finally:
        receiver.stop()
    assert [got.headers["Host"] for got in receiver.got] == [f"conch-test.localhost:{receiver.port}"]


def certificate(path, name: str):
    """A certificate of its own making for one name, with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
