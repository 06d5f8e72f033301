#include "daemon/commands/admitting.h"

#include "daemon/run/dispatch_settings.h"
#include "lib/media/media_root.h"

namespace postrider {

Admitting::Admitting(const Config& config, const std::vector<ChannelConfig>& channels,
                     const Secret& hash_salt)
    : settings_(make_dispatch_settings(
          config, channels,
          [this](const std::string&) {
              return TransportParts{*http_, *smtp_, clock_, files_};
          },
          MediaRoot(config.media.root).readable())),
      privacy_(config.encryption, hash_salt),
      admission_(std::make_unique<Admission>(admission_rules(settings_), privacy_)) {}

const Channel* Admitting::channel(const std::string& name) const {
    for (const ChannelSetup& each : settings_.channels) {
        if (each.channel.name == name) return &each.channel;
    }
    return nullptr;
}

}  // namespace postrider
