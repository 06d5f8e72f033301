#include "lib/dispatch/transport.h"

#include <stdexcept>

namespace postrider {

Task<std::vector<ProviderRecord>> Transport::records(RecordQuery) {
    throw std::logic_error("this provider keeps no records");
}

}  // namespace postrider
