/* Whole networks in float against PyTorch in double: what comes forward, in training and
 * evaluation, is within 1e-4. */
#include "../double/test_networks.c"
