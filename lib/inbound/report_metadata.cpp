#include "lib/inbound/report_metadata.h"

#include "lib/schedule/iso_time.h"
#include "lib/text/json_object.h"

#include <set>

namespace postrider {

namespace json = boost::json;

std::optional<PartReport> decisive_report(const std::vector<PartReport>& reports, int parts) {
    std::optional<PartReport> decisive;
    std::set<int> reported;
    for (const PartReport& each : reports) {
        if (each.state == DeliveryState::failed) return each;
        reported.insert(each.part);
        if (!decisive || each.rank < decisive->rank) decisive = each;
    }
    if (static_cast<int>(reported.size()) < parts) return std::nullopt;
    return decisive;
}

std::string metadata_with_report(const std::optional<std::string>& before, const PartReport& report) {
    json::object keys = parse_json_object(report.metadata);
    json::object ours;
    if (before) {
        const auto object = JsonObjectText::read(*before);
        const auto marker = object ? object->find("postrider") : std::nullopt;
        if (marker) ours = parse_json_object(*marker);
    }
    json::object delivery;
    delivery["status"] = report.status;
    delivery["at"] = to_iso_time(report.reported);
    if (!report.reason.empty()) delivery["reason"] = report.reason;
    ours["delivery"] = std::move(delivery);
    keys["postrider"] = std::move(ours);
    if (report.state == DeliveryState::failed)
        keys["error"] = report.reason.empty() ? "not delivered: " + report.status : report.reason;
    return splice_metadata(before, keys);
}

}  // namespace postrider
