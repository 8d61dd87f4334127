#include "bm/interrupt.h"

volatile sig_atomic_t bm_interrupt;
