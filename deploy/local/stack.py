"""The platform on this machine, as `make up`, the demo and tests run it."""

import asyncio
import fcntl
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import clients, private
from deploy.local.greenmail import GreenMailServer
from deploy.local.greenmail.server import ADDRESS, USER
from deploy.local.kafka import KafkaServer
from deploy.local.kafka.logins import Logins
from deploy.local.keycloak import KeycloakServer
from deploy.local.kms import key_file, local_kms
from deploy.local.mail import MailSink
from deploy.local.mongo import MongoServer
from deploy.local.process import HOST, ROOT, LocalStackError, is_free
from deploy.local.services import Services
from deploy.local.settings import LocalSettings
from shared.events.principals import Principal

Say = Callable[[str], None]


class LocalStack:
    """Everything, up inside `with`: Kafka, MongoDB, Keycloak, mail in and out (unless the settings name others), the services.

    `extra_env` is for the services, above what the stack itself gives them; `onlookers` get a login to Kafka with which they
    may read everything there. Inside the `with`:

    - `env`: every setting that all services have, by name (also in `up.env` of the build folder);
    - `own_env`: what each has for itself alone, by its name (also in `NAME.env`);
    - `tools_env`: as whom `upc` asks the services (also in `sre.env` and `administrator.env`, with a login to Kafka);
    - `clients`: the file with what each party outside comes in;
    - `addresses`: what answers where, by what a person calls it;
    - `logs`, `mails`: folders; `services`: to `kill` one.

    Raises LocalStackError, having stopped what was started, when something is missing or does not come up.
    """

    def __init__(
        self,
        settings: LocalSettings,
        extra_env: Mapping[str, str] | None = None,
        say: Say = print,
        onlookers: Sequence[str] = (),
    ) -> None:
        self.settings = settings
        self.clients = settings.build_dir / "clients.json"
        self.logs = settings.build_dir / "logs"
        self.mails = settings.build_dir / "mail"
        self.kafka: KafkaServer | None = None
        self.mongo: MongoServer | None = None
        self.keycloak: KeycloakServer | None = None
        self.mailbox: GreenMailServer | None = None
        self.services: Services
        self.env: dict[str, str] = {}
        self.own_env: dict[str, dict[str, str]] = {}
        self.tools_env: dict[str, str] = {}
        self._onlookers = onlookers
        self._logins: Logins | None = None
        self._administrator: dict[str, str] = {}
        self._sre: dict[str, str] = {}
        self._extra_env = dict(extra_env or {})
        self._say = say
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._start(starting)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._say("Stopping everything ...")
        self._running.close()

    @property
    def addresses(self) -> dict[str, str]:
        services = {name: f"http://{HOST}:{port}" for name, port in self.settings.service_ports.items()}
        peers = {"Kafka": self.env["KAFKA_BOOTSTRAP_SERVERS"], "MongoDB": without_password(self.env["MONGODB_URI"])}
        peers |= {"identity provider": self.env["OIDC_ISSUER"]}
        peers |= {"mail (SMTP)": f"{self.env['SMTP_HOST']}:{self.env['SMTP_PORT']}"}
        if self.mailbox:
            peers |= {f"mail to {ADDRESS} (SMTP)": f"{HOST}:{self.settings.mail_in_port}"}
        return services | peers

    def _start(self, running: ExitStack) -> None:
        running.enter_context(only_one(self.settings.data_dir))
        require_key(self.settings.data_dir)
        require_free(self.settings.ports_to_open)
        issuer = self._launch_keycloak(running)
        self._launch_mailbox(running)
        self.env = {
            **local_kms(self.settings.data_dir),
            "OIDC_ISSUER": issuer,
            "KAFKA_BOOTSTRAP_SERVERS": self._start_kafka(running),
            "MONGODB_URI": self._start_mongo(running),
            "SMTP_HOST": self._start_mail(running),
            "SMTP_PORT": str(self.settings.smtp_port),
            "AGENCIES": ",".join(self.settings.agencies),
            **{f"{name.upper()}_PORT": str(port) for name, port in self.settings.service_ports.items()},
            **self._extra_env,
        }
        self._write_env()
        self._make_topics()
        if self.kafka and self._logins:
            asyncio.run(self._logins.let_look_on(self.kafka.direct))
        self._say("Starting the services ...")
        running.callback(lambda: self.services.stop())  # those that run by then
        self._launch_services()
        if self.mailbox:
            self.mailbox.wait()
        if self.keycloak:
            self.keycloak.wait()
        self.services.wait()

    def start_services_again(self, env: Callable[[], Mapping[str, str]]) -> None:
        """Stops the services, and starts them with what `env` says then beside the settings they had."""
        self.services.stop()
        self.env |= env()
        self._write_env()
        self._launch_services()
        self.services.wait()

    def _launch_services(self) -> None:
        env = os.environ | self.env
        self.services = Services(self.settings.service_ports, env, self.logs, self._say, own=self.own_env)
        self.services.launch()

    def _launch_keycloak(self, running: ExitStack) -> str:
        """The issuer. It takes the longest to start: everything else is started meanwhile."""
        self.clients.unlink(missing_ok=True)
        if self.settings.oidc_issuer:
            return self.settings.oidc_issuer
        self._say("Starting Keycloak ...")
        data, log = self.settings.data_dir / "keycloak", self.logs / "keycloak.log"
        self.keycloak = KeycloakServer(data, self.settings.keycloak_port, log)
        running.callback(self.keycloak.stop)
        self.keycloak.launch()
        secrets = self.keycloak.identity.secrets
        self.own_env["desk"] = {"DESK_CLIENT_SECRET": secrets["desk"]}
        self.tools_env = {"UPC_CLIENT_ID": "sre", "UPC_CLIENT_SECRET": secrets["sre"]}
        self._write_clients(self.keycloak)
        return self.keycloak.issuer

    def _launch_mailbox(self, running: ExitStack) -> None:
        """Where people's mails come in, beside the sink that ours go to."""
        if self.settings.imap_host:
            return
        data, log = self.settings.data_dir / "greenmail", self.logs / "greenmail.log"
        self.mailbox = GreenMailServer(data, self.settings.mail_in_port, self.settings.imap_port, log)
        running.callback(self.mailbox.stop)
        self.mailbox.launch()
        where = {"IMAP_HOST": HOST, "IMAP_PORT": str(self.settings.imap_port), "IMAP_SECURITY": "none"}
        self.own_env["mailbox"] = where | {"IMAP_USER": USER, "IMAP_PASSWORD": self.mailbox.password}

    def _write_clients(self, keycloak: KeycloakServer) -> None:
        """What outside parties need to call (CONTRACT.md), and who can sign in at the desk."""
        identity = keycloak.identity
        said = {"token_endpoint": identity.token_endpoint, "clients": identity.clients, "people": identity.people}
        clients.write(self.clients, said)

    def _start_kafka(self, running: ExitStack) -> str:
        if self.settings.kafka_bootstrap_servers:
            return self.settings.kafka_bootstrap_servers
        self._say("Starting Kafka ...")
        data, log = self.settings.data_dir / "kafka", self.logs / "kafka.log"
        logins = self._logins = Logins(
            self.settings.data_dir / "kafka.passwords", self.settings.agencies, self._onlookers
        )
        self.kafka = running.enter_context(KafkaServer(data, self.settings.kafka_port, log, settings=logins.settings))
        asyncio.run(logins.admit(self.kafka.direct))
        self.own_env = {
            name: logins.of_service(name) | self.own_env.get(name, {}) for name in self.settings.service_ports
        }
        self._administrator = logins.of_administrator(self.kafka.direct)
        self._sre = logins.of_service(Principal.SRE)
        clients.write(self.clients, {"kafka": logins.outside})
        return self.kafka.bootstrap

    def _start_mongo(self, running: ExitStack) -> str:
        if self.settings.mongodb_uri:
            return self.settings.mongodb_uri
        self._say("Starting MongoDB ...")
        data, log = self.settings.data_dir / "mongodb", self.logs / "mongodb.log"
        self.mongo = running.enter_context(MongoServer(data, self.settings.mongodb_port, log))
        return self.mongo.uri

    def _start_mail(self, running: ExitStack) -> str:
        if not self.settings.smtp_host:
            running.enter_context(MailSink(self.mails, self.settings.smtp_port))
        return self.settings.smtp_host or HOST

    def _write_env(self) -> None:
        """Each may be read by who started this alone; `sre` and `administrator` are for `upc`, to look and to mend."""
        tools = {"sre": self._sre | self.tools_env, "administrator": self._administrator | self.tools_env}
        for name, env in {"up": self.env, **self.own_env, **tools}.items():
            lines = [f"{setting}={shlex.quote(value)}\n" for setting, value in env.items()]
            private.write(self.settings.build_dir / f"{name}.env", "".join(lines))

    def _make_topics(self) -> None:
        log = self.logs / "topics.log"
        self._say("Making the topics ...")
        command = [sys.executable, "-m", "shared.runtime.topics"]
        env = os.environ | self.env | self._administrator
        made = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(made.stdout + made.stderr)
        if made.returncode:
            raise LocalStackError(f"The topics could not be made on {self.env['KAFKA_BOOTSTRAP_SERVERS']}: see {log}")


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Holds the data folder. Raises LocalStackError where another run has it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "pid").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            who = lock.read().strip()
            raise LocalStackError(
                f"{data_dir} is in use by a run with pid {who}: stop that one, or set DATA_DIR to another folder"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def require_free(ports: Mapping[str, int]) -> None:
    """Raises LocalStackError where one of the ports, given by the name of its setting, is taken."""
    for setting, port in ports.items():
        if not is_free(port):
            raise LocalStackError(f"Port {port} is taken: stop what uses it, or set {setting} to another")


def require_key(data_dir: Path) -> None:
    """Raises LocalStackError where the key to what is stored is gone: with a new one no service would start."""
    if (data_dir / "mongodb").exists() and not key_file(data_dir).exists():
        raise LocalStackError(
            f"{key_file(data_dir)} is gone, and nothing stored can be read without it: put it back, or remove {data_dir}"
        )


def without_password(uri: str) -> str:
    return re.sub("//[^/@]*@", "//", uri)
