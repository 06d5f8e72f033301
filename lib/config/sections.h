#pragma once

#include "lib/config/config.h"
#include "lib/config/settings_reader.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The parts of a configuration file. Each function takes the whole file, reads the keys that are its
// own, and leaves defaults where it reports a problem.
namespace postrider {

DatabaseConfig read_database(SettingsReader& file);
void read_delivery(SettingsReader& file, Config& config);
ListenConfig read_listen(SettingsReader& file);
/// A list of numeric addresses, or one, in their usual form.
std::vector<std::string> read_addresses(SettingsReader& section, std::string_view key,
                                        const std::vector<std::string>& fallback);
EncryptionSettings read_encryption(SettingsReader& file);
/// `phone_region` and `time_zone`.
void read_place(SettingsReader& file, Config& config);
std::vector<Limit> read_limits(SettingsReader& file);
/// A channel keeps some of `limits`.
std::vector<ChannelConfig> read_channels(SettingsReader& file, const TransportKinds& kinds,
                                         const std::vector<Limit>& limits);
/// A route names one of `channels`; or one of the site's, where its `switchboard` is used.
std::vector<Route> read_routes(SettingsReader& file, const std::vector<ChannelConfig>& channels,
                               bool switchboard);
std::vector<ForwardEndpoint> read_forward(SettingsReader& file);
bool read_switchboard(SettingsReader& file);
LinksConfig read_links(SettingsReader& file);
MediaConfig read_media(SettingsReader& file);
SpoolConfig read_spool(SettingsReader& file);
BackupConfig read_backup(SettingsReader& file);
RetentionRules read_retention(SettingsReader& file);
/// `jobs` and `job_history`; by the clocks of `time_zone`, unless a job says otherwise.
void read_jobs(SettingsReader& file, Config& config);
/// Whether `path` is a whole one; a problem with its key where it is not. `what` it is to be: "the whole path of a file".
bool is_whole_path(SettingsReader& section, std::string_view key, std::string_view path,
                   std::string_view what);
/// What says whose a command runs as, in which folder, and in which environment.
void read_command_place(SettingsReader& section, CommandJob& command);
std::optional<SiteTaskSettings> read_quicksilver(SettingsReader& file, Delivery delivery);
StatusConfig read_status(SettingsReader& file);
/// They may go by one of `channels`.
AlertConfig read_alerts(SettingsReader& file, const std::vector<ChannelConfig>& channels);
LogConfig read_log(SettingsReader& file);

}  // namespace postrider
