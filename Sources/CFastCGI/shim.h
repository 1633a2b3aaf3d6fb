// The C interfaces that the responder loop stands on: libfcgi, and those of Linux that Swift's Glibc
// overlay does not carry.
#ifndef HEADCOUNT_CFASTCGI_H
#define HEADCOUNT_CFASTCGI_H

#include <fcgiapp.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#endif
