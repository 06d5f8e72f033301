#include "lib/dispatch/transport.h"

#include <stdexcept>

namespace postrider {

Task<std::vector<ProviderRecord>> Transport::records(RecordQuery) {
    throw std::logic_error("this provider keeps no records");
}

Task<Check> Transport::account_check() { throw std::logic_error("this transport watches no account"); }

}  // namespace postrider
