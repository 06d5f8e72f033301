#include "lib/model/channel.h"

namespace postrider {

Address addressed(const Channel& channel, const Address& destination) {
    const std::string& address = destination.reveal();
    if (channel.prefix.empty() || address.starts_with(channel.prefix)) return destination;
    return Address(channel.prefix + ":" + address.substr(address.rfind(':') + 1));
}

}  // namespace postrider
