// The lower bound that Headcount is compared with: a FastCGI responder that does nothing but answer.
// One thread, one poll loop, kept-alive connections; no batch, no store. Usage: null_loop SOCKET
#include "loop.h"

static const char text[] = HEADERS "Content-Length: 27\r\n\r\n{\"count\":1234,\"unique\":567}";

int main(int argumentCount, char **arguments) {
    if (argumentCount != 2) {
        fprintf(stderr, "usage: %s SOCKET\n", arguments[0]);
        return 64;
    }
    listenAt(arguments[1]);
    FCGX_Request request;
    FCGX_InitRequest(&request, -1, 0);

    for (;;) {
        int ready = poll(polled, polledCount, -1);
        if (ready < 0 && errno != EINTR) fail("poll");
        // Downwards, so that a connection that is moved into a closed one's slot was already handled.
        for (nfds_t slot = polledCount - 1; ready > 0 && slot > 0; slot--) {
            if (polled[slot].revents == 0) continue;
            ready--;
            if (!readRequest(&request, polled[slot].fd) || !answer(&request, text, sizeof text - 1))
                polled[slot] = polled[--polledCount];
        }
        if (ready > 0 && polled[0].revents) acceptConnections();
    }
}
