// Linux interfaces that Swift's Glibc module lacks.
#ifndef HEADCOUNT_CLINUX_H
#define HEADCOUNT_CLINUX_H

#include <sys/epoll.h>
#include <sys/signalfd.h>

#endif
