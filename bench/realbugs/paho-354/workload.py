"""A thermostat over MQTT: it answers each measurement with a setting, while another thread reports its own state."""

import os
import threading

import paho.mqtt.client as mqtt

MEASUREMENTS = 5
PATIENCE = 10.0


def main() -> None:
    host, port = os.environ["MOSQUITTO_HOST"], int(os.environ["MOSQUITTO_PORT"])
    answers = 0
    subscribed, answered = threading.Event(), threading.Event()

    def on_measurement(client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        nonlocal answers
        client.publish("house/setting", message.payload, qos=1)
        answers += 1
        if answers == MEASUREMENTS:
            answered.set()

    thermostat = mqtt.Client()
    thermostat.on_message = on_measurement
    thermostat.on_subscribe = lambda client, userdata, number, qos: subscribed.set()
    thermostat.connect(host, port)
    thermostat.loop_start()
    thermostat.subscribe("house/measurement")
    subscribed.wait(PATIENCE)

    def report() -> None:
        for number in range(MEASUREMENTS):
            thermostat.publish("house/state", f"state {number}", qos=1)

    reporter = threading.Thread(target=report)
    reporter.start()
    sensor = mqtt.Client()
    sensor.connect(host, port)
    sensor.loop_start()
    for number in range(MEASUREMENTS):
        sensor.publish("house/measurement", f"{number} degrees", qos=1)
    answered.wait(PATIENCE)
    reporter.join()
    sensor.disconnect()
    sensor.loop_stop()
    thermostat.disconnect()
    thermostat.loop_stop()
    print(f"{answers} answers")


if __name__ == "__main__":
    main()
