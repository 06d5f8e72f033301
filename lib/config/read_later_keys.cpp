#include "lib/config/sections.h"

#include <string>

namespace postrider {
namespace {

void read_quicksilver(SettingsReader quicksilver) {
    quicksilver.texts("manage", {});
    quicksilver.texts("queues", {});
}

void warn_if_set(SettingsReader& file, std::string_view key) {
    if (file.has(key)) file.warning(key, "has no effect in this version");
}

}  // namespace

void read_later_keys(SettingsReader& file) {
    if (file.has("quicksilver")) read_quicksilver(file.child("quicksilver"));
    warn_if_set(file, "quicksilver");
}

}  // namespace postrider
