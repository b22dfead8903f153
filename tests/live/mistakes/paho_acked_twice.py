"""A lamp acknowledges its orders itself, from a thread that carries them out; one that takes long is acknowledged by a timer too, lest the broker send it again.

With "careful" as an argument only one of the two does.  The broker numbers the orders anew after each connect.
"""

# server: mosquitto
# expects: ACK003 Lamp.acknowledge
# runtime: threads

import os
import queue
import sys
import threading
import time

import paho.mqtt.client as mqtt

CAREFUL = "careful" in sys.argv[1:]
ORDERS = 2


class Lamp:
    def __init__(self) -> None:
        self.orders: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self.subscribed = threading.Event()
        self.lock = threading.Lock()
        self.settled: set[int] = set()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, manual_ack=True)
        self.client.on_message = lambda client, userdata, message: self.orders.put(message)
        self.client.on_connect = lambda *_: self.client.subscribe("lamp/order", qos=1)
        self.client.on_subscribe = lambda *_: self.subscribed.set()

    def open(self, host: str, port: int) -> None:
        self.settled.clear()
        self.subscribed.clear()
        self.client.connect(host, port)
        self.client.loop_start()

    def acknowledge(self, message: mqtt.MQTTMessage) -> None:
        if CAREFUL:
            with self.lock:
                if message.mid in self.settled:
                    return
                self.settled.add(message.mid)
        self.client.ack(message.mid, message.qos)

    def work(self) -> None:
        for _ in range(ORDERS):
            message = self.orders.get()
            patience = threading.Timer(1.0, self.acknowledge, (message,))
            patience.start()
            time.sleep(0.3)  # the bulb is slow
            self.acknowledge(message)
            patience.cancel()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def main() -> None:
    host, port = os.environ["MOSQUITTO_HOST"], int(os.environ["MOSQUITTO_PORT"])
    lamp = Lamp()
    for _ in range(2):  # switched off, and on again
        lamp.open(host, port)
        lamp.subscribed.wait()
        works = threading.Thread(target=lamp.work)
        works.start()
        for order in ("on", "off"):
            lamp.client.publish("lamp/order", order, qos=1).wait_for_publish()
        works.join()
        lamp.close()


main()
