#include "lib/config/read_config.h"

#include "lib/config/sections.h"
#include "lib/config/settings_reader.h"
#include "lib/config/small_file.h"

#include <utility>

namespace postrider {
namespace {

constexpr std::size_t file_size_max = std::size_t{1024} * 1024;

Config read_sections(SettingsReader& file, const TransportKinds& kinds) {
    Config config;
    config.database = read_database(file);
    read_delivery(file, config);
    config.listen = read_listen(file);
    config.encryption = read_encryption(file);
    read_place(file, config);
    config.limits = read_limits(file);
    config.channels = read_channels(file, kinds, config.limits);
    config.switchboard = read_switchboard(file);
    config.routes = read_routes(file, config.channels, config.switchboard);
    config.forward = read_forward(file);
    config.shorten_links = read_links(file);
    config.media = read_media(file);
    config.spool = read_spool(file);
    config.backup = read_backup(file);
    config.retention = read_retention(file);
    read_jobs(file, config);
    config.quicksilver = read_quicksilver(file, config.delivery);
    config.status = read_status(file);
    config.alerts = read_alerts(file, config.channels);
    config.log = read_log(file);
    file.finish();
    return config;
}

std::vector<Problem> only(std::string what) { return {Problem{0, 0, std::move(what)}}; }

}  // namespace

ConfigResult read_config(const std::string& yaml, const TransportKinds& kinds,
                         const Environment& environment) {
    const SettingsDocument document(yaml, environment);
    // What a file that is no mapping lacks is not worth listing.
    if (auto problems = document.problems(); !problems.empty() && !document.readable()) return problems;
    SettingsReader file = document.reader();
    Config config = read_sections(file, kinds);
    if (auto problems = document.problems(); !problems.empty()) return problems;
    return ConfigFile{std::move(config), document.warnings()};
}

ConfigResult load_config(const std::filesystem::path& file, const TransportKinds& kinds,
                         const Environment& environment) {
    auto yaml = read_small_file(file, file_size_max);
    if (!yaml) return only("cannot read the configuration: " + yaml.error().what);
    ConfigResult result = read_config(*yaml, kinds, environment);
    wipe(*yaml);  // it may hold secrets
    return result;
}

}  // namespace postrider
