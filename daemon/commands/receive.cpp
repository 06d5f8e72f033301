#include "daemon/commands/commands.h"
#include "daemon/commands/intake_session.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/media/incoming_files.h"
#include "lib/store/request_names.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace postrider {

namespace {

constexpr std::size_t mail_bytes_max = std::size_t{25} << 20;
constexpr std::size_t files_max = 50;

struct Options {
    std::filesystem::path file;
    std::string channel;
    std::string recipient;
};

int complain(const std::string& what, int exit_code) {
    std::cerr << "postrider receive: " << what << '\n';
    return exit_code;
}

/// Nothing where it is too long; then it is read to its end all the same: a mail server takes a broken pipe
/// for a passing trouble.
std::optional<std::string> read_input(std::istream& input) {
    std::string bytes;
    bool whole = true;
    for (char block[65536]; input.read(block, sizeof block) || input.gcount() > 0;) {
        const auto count = static_cast<std::size_t>(input.gcount());
        whole = whole && bytes.size() + count <= mail_bytes_max;
        if (whole) bytes.append(block, count);
    }
    if (!whole) return std::nullopt;
    return bytes;
}

/// What one mail needs of a daemon.
class Receiving {
public:
    explicit Receiving(const Config& config) : config_(config), session_(config) {
        session_.set_forwards(forward_targets(config.forward));
    }

    /// The exit code. Throws when the database is away, or a file cannot be kept.
    int take(const ChannelConfig& channel, const std::string& bytes, const std::string& recipient) {
        const auto sealer = make_sealer(session_.privacy());
        MailReading mail = channel.makers.mail_reader->read(bytes, recipient, *sealer);
        if (mail.reading.kind != WebhookReading::Kind::received)
            return complain(mail.reading.reason, EX_DATAERR);
        if (mail.files.size() > files_max) return complain("it has too many attachments", EX_DATAERR);
        int exit_code = EX_TEMPFAIL;
        session_.run([&] { return keep(channel, mail, exit_code); });
        return exit_code;
    }

private:
    Task<> keep(ChannelConfig channel, MailReading& mail, int& exit_code) {
        const std::string by_channel = co_await prove(mail);
        channel = channel_named(by_channel, std::move(channel));
        keep_files(mail);
        const InboundChannel inbound{.name = channel.channel.name,
                                     .transport = channel.channel.transport,
                                     .is_default = channel.channel.is_default,
                                     .opt_out = channel.channel.opt_out,
                                     .replies = Replies(std::map<std::string, std::string>()),
                                     .receiver = nullptr};
        const WebhookIntake::Taken taken = co_await session_.intake().take(inbound, std::move(mail.reading));
        if (taken.unfit) {
            exit_code = complain("an address in it is too long", EX_DATAERR);
        } else if (taken.refused) {
            exit_code =
                complain("the database refuses it for what is in it (a constraint or trigger)", EX_DATAERR);
        } else {
            exit_code =
                taken.safe ? static_cast<int>(done) : complain("it cannot be stored now", EX_TEMPFAIL);
        }
    }

    /// A report that is proved takes the message's place. The result is the channel by which the message went.
    Task<std::string> prove(MailReading& mail) {
        if (!mail.unproved) co_return "";
        UnprovedReport& unproved = *mail.unproved;
        auto work = [&](pqxx::connection& connection) {
            return find_request(connection, unproved.message, unproved.beginning);
        };
        const std::optional<KnownRequest> request = co_await session_.database().run(std::ref(work));
        if (!request) co_return "";
        unproved.report.provider_id = request->provider_id;
        if (unproved.report.is_complaint) {
            auto destination = session_.privacy().open(request->destination);
            if (!destination.value)
                throw std::runtime_error("no key that is configured opens its recipient's address");
            unproved.report.recipient = Address(std::move(*destination.value));
        }
        mail.reading.messages.clear();
        mail.files.clear();
        mail.reading.reports.push_back(std::move(unproved.report));
        co_return request->channel;
    }

    /// Of the mail channels; `other` where there is none of that name.
    ChannelConfig channel_named(const std::string& name, ChannelConfig other) const {
        for (const ChannelConfig& each : config_.channels) {
            if (each.channel.name == name && each.makers.mail_reader) return each;
        }
        return other;
    }

    /// Before the row that names them. Of blocked senders nothing is kept.
    void keep_files(MailReading& mail) const {
        if (mail.reading.messages.empty() ||
            session_.blocked().contains(mail.reading.messages.front().sender))
            return;
        IncomingMessage& message = mail.reading.messages.front();
        const IncomingFiles files(config_.media.root);
        for (const AttachedFile& each : mail.files) {
            message.media.push_back(
                {"", each.content_type, files.keep(message.provider_id, each.name, each.bytes)});
        }
    }

    const Config& config_;
    IntakeSession session_;
};

int receive(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const auto channel =
        std::find_if(config->channels.begin(), config->channels.end(),
                     [&](const ChannelConfig& each) { return each.channel.name == options.channel; });
    if (channel == config->channels.end())
        return complain("no channel of that name is in the configuration", wrong_usage);
    if (!channel->makers.mail_reader) return complain("that channel takes no mail", wrong_usage);
    const auto bytes = read_input(std::cin);
    if (!bytes) return complain(fmt::format("it is larger than {} MB", mail_bytes_max >> 20), EX_DATAERR);
    try {
        return Receiving(*config).take(*channel, *bytes, options.recipient);
    } catch (const std::exception& error) {
        return complain(fmt::format("it cannot be stored now: {}", error.what()), EX_TEMPFAIL);
    }
}

}  // namespace

void add_receive(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command = line.add("receive", "Store one mail from standard input: for a mail server's alias",
                                 [options] { return receive(*options); });
    add_config_option(command, options->file);
    command->add_option("--channel", options->channel, "A channel with transport: email")->required();
    command->add_option("--recipient", options->recipient,
                        "To whom it was delivered; without it, its headers say");
    command->footer(
        "Exit codes, as mail servers know them (sysexits.h): 0 stored, now or before, or its sender is "
        "blocked;\n"
        "75 it cannot be stored now: hand it over again; 65 it is no message, or too large; 2 wrong usage "
        "or\n"
        "configuration. A delivery report about a message of ours is noted with that message.");
}

}  // namespace postrider
