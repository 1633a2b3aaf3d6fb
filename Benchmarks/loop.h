// What the two baselines share: a poll loop over kept-alive FastCGI connections on libfcgi.
//
// It trusts its peer and assumes that a request arrives whole, as nginx sends it. It has no deadlines and no limits, which a
// real responder needs and a lower bound doesn't.
#ifndef HEADCOUNT_BENCHMARKS_LOOP_H
#define HEADCOUNT_BENCHMARKS_LOOP_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECTIONS = 1024 };

// Slot 0 is the listener; the rest are connections, packed.
static struct pollfd polled[CONNECTIONS];
static nfds_t polledCount;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void listenAt(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "socket path too long: %s\n", path);
        exit(64);
    }
    strcpy(address.sun_path, path);
    unlink(path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) fail("socket");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail(path);
    if (listen(listener, 511) < 0) fail("listen");
    polled[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    polledCount = 1;
    // FCGX_Init installs its own handlers, so the defaults come back after it: SIGTERM has to end the process.
    if (FCGX_Init() != 0) fail("FCGX_Init");
    signal(SIGTERM, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
}

static void acceptConnections(void) {
    while (polledCount < CONNECTIONS) {
        int connection = accept4(polled[0].fd, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0) return;
        polled[polledCount++] = (struct pollfd){.fd = connection, .events = POLLIN};
    }
}

// Reads the request that waits on a connection. False when the peer has gone: libfcgi has then closed the
// descriptor, and found no listener to accept another from.
static int readRequest(FCGX_Request *request, int connection) {
    request->ipcFd = connection;
    request->keepConnection = 1;
    FCGX_Detach(request);
    return FCGX_Accept_r(request) == 0;
}

#define HEADERS                           \
    "Status: 200 OK\r\n"                  \
    "Content-Type: application/json\r\n"  \
    "Cache-Control: no-store\r\n"         \
    "Access-Control-Allow-Origin: *\r\n"  \
    "X-Content-Type-Options: nosniff\r\n"

// Writes the answer in one write. False when the connection was closed, because the peer didn't ask to keep it or
// doesn't take the answer.
static int answer(FCGX_Request *request, const char *text, int size) {
    FCGX_PutStr(text, size, request->out);
    FCGX_Finish_r(request);
    return request->ipcFd >= 0;
}

#endif
