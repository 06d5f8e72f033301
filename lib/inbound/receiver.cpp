#include "lib/inbound/receiver.h"

#include <array>

namespace postrider {

namespace {

constexpr std::array<std::pair<DeliveryState, std::string_view>, 3> names{
    {{DeliveryState::under_way, "under_way"},
     {DeliveryState::delivered, "delivered"},
     {DeliveryState::failed, "failed"}}};

}  // namespace

std::string_view to_string(DeliveryState state) {
    for (const auto& [each, name] : names) {
        if (each == state) return name;
    }
    return "";
}

std::optional<DeliveryState> delivery_state_named(std::string_view name) {
    for (const auto& [each, its_name] : names) {
        if (its_name == name) return each;
    }
    return std::nullopt;
}

}  // namespace postrider
