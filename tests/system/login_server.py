"""A mail server that speaks TLS from the first byte and wants a login: notes what it is told, and takes every message."""
import base64
import socket
import ssl
import sys


def serve(connection, journal):
    lines = connection.makefile("rb")

    def say(text):
        connection.sendall(text.encode() + b"\r\n")

    say("220 localhost")
    for line in lines:
        words = line.decode().strip().split(" ")
        if words[0] == "EHLO":
            say("250-localhost\r\n250 AUTH PLAIN")
        elif words[:2] == ["AUTH", "PLAIN"]:
            if len(words) == 2:
                say("334 ")
                words.append(lines.readline().decode().strip())
            with open(journal, "a") as file:
                file.write(base64.b64decode(words[2]).decode().replace("\0", " ") + "\n")
            say("235 2.7.0 welcome")
        elif words[0] == "DATA":
            say("354 go on")
            while lines.readline() != b".\r\n":
                pass
            say("250 2.0.0 taken")
        elif words[0] == "QUIT":
            say("221 bye")
            return
        else:
            say("250 2.0.0 fine")


def main():
    port, certificate, key, journal = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        while True:
            connection, _ = listener.accept()
            try:
                serve(context.wrap_socket(connection, server_side=True), journal)
            except OSError:
                pass  # somebody who looks whether we are there


main()
