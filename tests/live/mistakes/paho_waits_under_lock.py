"""A lamp keeps its orders under a lock, and reports how many there were: it waits for the broker to have the report while it holds the lock, and the thread that would hear of that waits for the lock.

With "careful" as an argument it waits when it has left the lock.
"""

# server: mosquitto
# expects: USER002 main.<locals>.on_order
# runtime: threads

import os
import sys
import threading
import time

import paho.mqtt.client as mqtt

CAREFUL = "careful" in sys.argv[1:]
ORDERS = 2


def main() -> None:
    host, port = os.environ["MOSQUITTO_HOST"], int(os.environ["MOSQUITTO_PORT"])
    subscribed, complete = threading.Event(), threading.Event()
    lock = threading.Lock()
    orders: list[bytes] = []

    def on_order(client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        with lock:
            orders.append(message.payload)
            if len(orders) == ORDERS:
                complete.set()

    lamp = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    lamp.on_message = on_order
    lamp.on_connect = lambda *_: lamp.subscribe("lamp/order", qos=1)
    lamp.on_subscribe = lambda *_: subscribed.set()
    lamp.connect(host, port)
    lamp.loop_start()
    subscribed.wait()
    for order in ("on", "off"):
        lamp.publish("lamp/order", order, qos=1)
    time.sleep(0.5)
    with lock:
        report = lamp.publish("lamp/orders", len(orders), qos=1)
        if not CAREFUL:
            report.wait_for_publish()
    report.wait_for_publish()
    complete.wait()
    lamp.disconnect()
    lamp.loop_stop()


main()
