#include "lib/dispatch/outbox.h"

namespace postrider {

std::string_view to_string(Disposition disposition) {
    switch (disposition) {
        case Disposition::sent: return "sent";
        case Disposition::given_up: return "given_up";
        case Disposition::waiting: return "waiting";
        case Disposition::next_part: return "next_part";
        case Disposition::in_doubt: break;
    }
    return "in_doubt";
}

std::optional<Disposition> disposition_named(std::string_view name) {
    for (Disposition each : {Disposition::sent, Disposition::given_up, Disposition::waiting,
                             Disposition::next_part, Disposition::in_doubt}) {
        if (to_string(each) == name) return each;
    }
    return std::nullopt;
}

}  // namespace postrider
