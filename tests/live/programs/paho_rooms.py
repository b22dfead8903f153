# server: mosquitto
"""Rooms report over MQTT, each from a thread of its own over one client; a second client keeps the last report of each."""

import os
import threading

import paho.mqtt.client as mqtt

ROOMS = 2
REPORTS = 2


def main() -> None:
    host, port = os.environ["MOSQUITTO_HOST"], int(os.environ["MOSQUITTO_PORT"])
    subscribed, complete = threading.Event(), threading.Event()
    lock = threading.Lock()
    reports: dict[str, list[int]] = {}

    def on_report(client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        with lock:
            reports.setdefault(message.topic, []).append(int(message.payload))
            if sum(map(len, reports.values())) == ROOMS * REPORTS:
                complete.set()

    keeper, house = (mqtt.Client(mqtt.CallbackAPIVersion.VERSION2) for _ in range(2))
    keeper.on_message = on_report
    keeper.on_subscribe = lambda *_: subscribed.set()
    keeper.on_connect = lambda *_: keeper.subscribe("room/+", qos=1)
    for client in (keeper, house):
        client.connect(host, port)
        client.loop_start()
    subscribed.wait()

    def room(number: int) -> None:
        for report in range(REPORTS):
            house.publish(f"room/{number}", report, qos=1).wait_for_publish()

    rooms = [threading.Thread(target=room, args=(number,)) for number in range(ROOMS)]
    for each in rooms:
        each.start()
    for each in rooms:
        each.join()
    complete.wait()
    for client in (keeper, house):
        client.disconnect()
        client.loop_stop()
    assert reports == {f"room/{number}": list(range(REPORTS)) for number in range(ROOMS)}, reports


if __name__ == "__main__":
    main()
