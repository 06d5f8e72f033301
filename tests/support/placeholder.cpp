#include "lib/dispatch/transport.h"
