"""How does a story take the network away from a device, so that really nothing passes?

A browser's own "offline" is set for each page and each service worker by itself; that it takes hold everywhere before
it returns is not something a story can see. It is safer to cut where every byte passes: all connections end there
before `cut` returns.
"""

import socket
import threading
from contextlib import suppress


class Network:
    """The way from devices to the server at `port` on this machine; `address` is where devices find it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._turn = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self.address = f"http://localhost:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection and refuse new ones; nothing passes once this has returned."""
        with self._turn:
            self._is_cut = True
            for each in self._open:
                # Whoever still has bytes in hand for a socket that was shut down cannot send them.
                _shut(each)

    def mend(self) -> None:
        """Let connections through again."""
        with self._turn:
            self._is_cut = False

    def close(self) -> None:
        """End for good."""
        self.cut()
        _shut(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                device, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(device,), daemon=True).start()

    def _join(self, device: socket.socket) -> None:
        with device, suppress(OSError), socket.create_connection(("127.0.0.1", self._port)) as server:
            with self._turn:
                if self._is_cut:
                    return
                self._open |= {device, server}
            back = threading.Thread(target=_carry, args=(server, device), daemon=True)
            back.start()
            _carry(device, server)
            back.join()
            with self._turn:
                self._open -= {device, server}


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while received := source.recv(65536):
            target.sendall(received)
    _shut(source)
    _shut(target)


def _shut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
