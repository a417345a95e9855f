#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A session manager of a few lines: what an NSM server says to one client, and a list of
what the client said.  Before it answers it sends what no server should.

usage: nsm_server.py PORT-FILE PATH ID LOG
Writes NSM_URL to PORT-FILE, opens PATH for the first client that announces itself, and
then obeys lines on standard input: save, again (a second open), quit.
"""
import os
import select
import socket
import struct
import sys


def pack(path, *args):
    """An OSC message of strings and integers."""
    def text(s):
        b = s.encode() + b'\0'
        return b + b'\0' * (-len(b) % 4)
    types = ',' + ''.join('i' if isinstance(a, int) else 's' for a in args)
    return text(path) + text(types) + b''.join(
        struct.pack('>i', a) if isinstance(a, int) else text(a) for a in args)


def unpack(data):
    def text(at):
        end = data.index(b'\0', at)
        return data[at:end].decode(), end + 4 - end % 4
    path, at = text(0)
    types, at = text(at)
    args = []
    for t in types[1:]:
        if t == 'i':
            args.append(struct.unpack_from('>i', data, at)[0])
            at += 4
        else:
            arg, at = text(at)
            args.append(arg)
    return path, args


def main():
    port_file, path, client_id, log = sys.argv[1:5]
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(('127.0.0.1', 0))
    with open(port_file + '.part', 'w') as f:
        f.write('osc.udp://localhost:%d/\n' % sock.getsockname()[1])
    os.rename(port_file + '.part', port_file)
    client = None
    while True:
        ready, _, _ = select.select([sock, sys.stdin], [], [])
        if sock in ready:
            data, sender = sock.recvfrom(65536)
            said, args = unpack(data)
            if said == '/nsm/server/announce':
                client = sender
            with open(log, 'a') as f:
                same = 'same' if client == sender else 'other'
                f.write('%s %s %s\n' % (same, said, ' '.join(map(str, args))))
            if said == '/nsm/server/announce':
                for odd in pack('/reply'), pack('/reply', 7), pack('/error', 'x'), b'\xff':
                    sock.sendto(odd, client)
                sock.sendto(pack('/reply', said, 'hello', 'fake', ':server-control:'), client)
                sock.sendto(pack('/nsm/client/open', path, 'Session', client_id), client)
        if sys.stdin in ready:
            line = sys.stdin.readline().strip()
            if line == 'save':
                sock.sendto(pack('/nsm/client/save'), client)
            elif line == 'again':
                sock.sendto(pack('/nsm/client/open', path + '2', 'Other', client_id), client)
            else:
                return


main()
