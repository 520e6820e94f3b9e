"""One MQTT broker, and the sensors that speak through it.

Readings are subscribed to at QoS 1 in a session that the broker keeps (clean session off, a client
id that stays): what is published while we are away waits there. A message is acknowledged when the
sink has on disk what it led to, so that one that was not dealt with is delivered again. While the
disk refuses, none is: the broker then sends as many as it lets be in flight, and keeps the rest.

paho directly, and not aiomqtt on top of it: that one acknowledges a message when it puts it into a
queue of its own, and `kill -9` then loses what the queue holds.
"""

from __future__ import annotations

import hashlib
import os
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import astuple, dataclass

import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from configs.sensors import MqttSource, Sensor
from ingest.health import CameraState
from ingest.reconnect import ReconnectPolicy
from ingest.sensors.complaints import Complaints
from ingest.sensors.payload import sample_of
from ingest.sensors.reading import RefusedReadingError, reading_of
from ingest.sensors.sink import SensorSink

KEEPALIVE = 20
"""Seconds. A broker that vanished without a word is noticed after one and a half of them (MQTT
3.1.1 §3.1.2.10), before any sensible rule on silence."""
PATIENCE = 0.25
"""Seconds that one turn of the network loop may wait: how long `stop` takes."""
TOPICS_A_PACKET = 100
"""Topics in one SUBSCRIBE: 100 of 256 bytes fit into every broker's packet limit."""

log = structlog.get_logger("ingest")


@dataclass(frozen=True, slots=True)
class Broker:
    """What makes two sensors share a connection."""

    host: str
    port: int
    tls: bool
    username: str | None
    password_env: str | None

    @classmethod
    def of(cls, source: MqttSource) -> Broker:
        return cls(source.host, source.port, source.tls, source.username, source.password_env)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def by_broker(sensors: Collection[Sensor]) -> dict[Broker, list[Sensor]]:
    """The sensors that speak MQTT, by the connection that they share."""
    found: defaultdict[Broker, list[Sensor]] = defaultdict(list)
    for sensor in sensors:
        if isinstance(sensor.source, MqttSource) and sensor.enabled:
            found[Broker.of(sensor.source)].append(sensor)
    return dict(found)


class MqttSubscriber:
    """A connection to one broker, in a thread of its own, tried again for ever."""

    def __init__(
        self,
        broker: Broker,
        sensors: Sequence[Sensor],
        sink: SensorSink,
        *,
        identity: str,
        clock: Callable[[], float],
        random: Callable[[], float] = random.random,
        environment: Callable[[str], str | None] = os.environ.get,
    ) -> None:
        """`identity` is a secret of this installation, the same after every restart: two clients
        of one id would throw each other out."""
        self._broker = broker
        self._sink = sink
        self._clock = clock
        self._environment = environment
        self._policy = ReconnectPolicy(random)
        self._client_id = _client_id(identity, broker)
        self._ids = tuple(sensor.id for sensor in sensors)
        self._readings: defaultdict[str, list[tuple[Sensor, MqttSource]]] = defaultdict(list)
        self._wills: defaultdict[str, list[tuple[Sensor, MqttSource]]] = defaultdict(list)
        for sensor in sensors:
            source = sensor.source
            if isinstance(source, MqttSource):
                self._readings[source.topic].append((sensor, source))
                if source.availability is not None:
                    self._wills[source.availability.topic].append((sensor, source))
        self._asked: dict[int | None, list[str]] = {}
        self._trouble = ""
        self._refusal = ""
        self._owed: list[tuple[int, int]] = []
        """(mid, qos) of messages not acknowledged yet: 65,535 at most, their ids' range."""
        self._failing = Complaints()
        self._refused_topics = Complaints()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"mqtt {broker}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """Disconnect; the broker keeps what is published from now on."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                why = self._live_once()
            except OSError as error:
                why = f"broker {self._broker} cannot be reached: {error.strerror or error}"
            except ValueError as error:  # no such name or password
                why = f"broker {self._broker} cannot be asked: {error}"
            except Exception as error:
                why = f"broker {self._broker}: {type(error).__name__}, see the log"
                if self._failing.begins("", self._clock()):
                    log.error("broker.failed", broker=str(self._broker), exc_info=error)
            if self._stopping.is_set():
                return
            self._is_lost(why)
            self._stopping.wait(self._policy.delay(CameraState.OFFLINE))

    def _live_once(self) -> str:
        """Connect and listen; why it ended."""
        client = self._new_client()
        self._refusal = ""
        self._asked.clear()
        self._owed.clear()  # the broker sends them again
        client.connect(self._broker.host, self._broker.port, KEEPALIVE)
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        while code == MQTTErrorCode.MQTT_ERR_SUCCESS and not self._stopping.is_set():
            code = client.loop(PATIENCE)
            self._acknowledge(client)
        if self._stopping.is_set():
            client.disconnect()
        return self._refusal or f"broker {self._broker} hung up"

    def _acknowledge(self, client: Client) -> None:
        if self._owed and self._sink.settled():
            for mid, qos in self._owed:
                client.ack(mid, qos)
            self._owed.clear()

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=False,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        if self._broker.tls:
            client.tls_set()
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, self._password())
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _password(self) -> str | None:
        name = self._broker.password_env
        if name is None:
            return None
        password = self._environment(name)
        if password is None:
            raise ValueError(f"the environment variable {name} is not set")
        return password

    def _on_connect(
        self,
        client: Client,
        _data: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refusal = f"broker {self._broker} refuses us: {reason}"
            client.disconnect()
            return
        topics = sorted({*self._readings, *self._wills})
        for first in range(0, len(topics), TOPICS_A_PACKET):
            some = topics[first : first + TOPICS_A_PACKET]
            _, mid = client.subscribe([(topic, 1) for topic in some])
            self._asked[mid] = some

    def _on_subscribe(
        self,
        _client: Client,
        _data: object,
        mid: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        """The session is whole when every topic was granted or refused."""
        topics = self._asked.pop(mid, [])
        refused = [t for t, code in zip(topics, codes, strict=False) if code.is_failure]
        self._is_back()
        for topic in topics:
            if topic not in refused and self._refused_topics.ends(topic):
                log.info("topic.granted", broker=str(self._broker), topic=topic)
        for topic in refused:
            ids = [sensor.id for sensor, _ in (*self._readings[topic], *self._wills[topic])]
            words = f"broker {self._broker} refuses topic {topic}; check its access list"
            if self._refused_topics.begins(topic, self._clock()):
                log.error("topic.refused", sensors=ids, broker=str(self._broker), topic=topic)
            self._sink.linked(ids, words)

    def _on_message(self, client: Client, _data: object, message: MQTTMessage) -> None:
        """Whatever is wrong with one message, it is acknowledged: it would come back for ever."""
        self._owed.append((message.mid, message.qos))
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        if topic not in self._readings and topic not in self._wills:
            client.unsubscribe(topic)  # of a session from before the town file changed
            return
        for sensor, source in self._wills.get(topic, ()):
            self._heard_of(sensor, source, bytes(message.payload))
        for sensor, source in self._readings.get(topic, ()):
            try:
                self._heard(sensor, source, message)
            except Exception as error:
                if self._failing.begins(sensor.id, self._clock()):
                    log.error("reading.failed", sensor=sensor.id, exc_info=error)
            else:
                if self._failing.ends(sensor.id):
                    log.info("reading.works_again", sensor=sensor.id)

    def _heard(self, sensor: Sensor, source: MqttSource, message: MQTTMessage) -> None:
        if message.retain and source.time is None:
            return  # the broker's memory of some time: nobody can say of which
        try:
            sample = sample_of(bytes(message.payload), source)
            reading = reading_of(sensor, sample, self._clock())
        except RefusedReadingError as error:
            self._sink.refused(sensor.id, error)
        else:
            self._sink.arrived(reading, live=not message.retain)

    def _heard_of(self, sensor: Sensor, source: MqttSource, payload: bytes) -> None:
        said = payload.strip()
        if source.availability is None:
            return
        if said == source.availability.offline.encode():
            self._sink.available(sensor.id, there=False)
        elif said == source.availability.online.encode():
            self._sink.available(sensor.id, there=True)

    def _is_lost(self, why: str) -> None:
        if not self._trouble:
            log.warning(
                "broker.lost",
                broker=str(self._broker),
                sensors=len(self._ids),
                reason=why,
                what_was_done="it is tried again, for ever",
            )
        if why != self._trouble:
            self._sink.linked(self._ids, why)
        self._trouble = why

    def _is_back(self) -> None:
        if self._asked:
            return
        self._policy.succeeded()
        self._failing.ends("")
        log.info("broker.connected", broker=str(self._broker), sensors=len(self._ids))
        self._trouble = ""
        self._sink.linked(self._ids, "")


def _client_id(identity: str, broker: Broker) -> str:
    """23 characters of a-z and 0-9: what every broker must take (MQTT 3.1.1 §3.1.3.1).

    Of all that makes a connection: two of one id would throw each other out.
    """
    digest = hashlib.sha256(f"{identity}\n{astuple(broker)!r}".encode()).hexdigest()
    return f"fenghuo{digest[:16]}"
