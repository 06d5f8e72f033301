#include "transports/twilio/status.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>

namespace postrider::twilio {

namespace {

struct Status {
    std::string_view name;
    int rank;
    DeliveryState state;
};

constexpr std::array<Status, 11> statuses{{{"accepted", 1, DeliveryState::under_way},
                                           {"scheduled", 1, DeliveryState::under_way},
                                           {"queued", 2, DeliveryState::under_way},
                                           {"sending", 3, DeliveryState::under_way},
                                           {"sent", 4, DeliveryState::under_way},
                                           {"delivered", 5, DeliveryState::delivered},
                                           {"undelivered", 5, DeliveryState::failed},
                                           {"failed", 5, DeliveryState::failed},
                                           {"canceled", 5, DeliveryState::failed},
                                           {"partially_delivered", 5, DeliveryState::delivered},
                                           {"read", 6, DeliveryState::delivered}}};

}  // namespace

bool is_opt_out(int error_code) { return error_code == 21610; }

DeliveryReport report_of_status(const std::string& status, const std::string& error_code) {
    DeliveryReport report;
    report.status = "unknown";
    for (const Status& each : statuses) {
        if (each.name != status) continue;
        report.status = status;
        report.rank = each.rank;
        report.state = each.state;
    }
    report.metadata["twilio_status"] = report.status;
    if (report.state != DeliveryState::failed) return report;
    report.reason = fmt::format("Twilio could not deliver it: {}", report.status);
    int code = 0;
    const auto [end, error] = std::from_chars(error_code.data(), error_code.data() + error_code.size(), code);
    if (error == std::errc{} && end == error_code.data() + error_code.size() && code > 0) {
        report.metadata["twilio_error_code"] = code;
        report.reason += fmt::format(", code {}", code);
        report.says_opted_out = is_opt_out(code);
    }
    return report;
}

}  // namespace postrider::twilio
