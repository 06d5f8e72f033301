// Messages with media, from their rows to the transport.
#include "tests/support/preparer_test.h"

#include <gmock/gmock.h>

#include <map>

namespace postrider {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Files by their names; each has its name as its path.
struct Files final : MediaSource {
    Task<boost::system::result<MediaFile, MediaFault>> find(Media media) override {
        const auto size = sizes.find(media.content_file);
        if (away) co_return MediaFault{"the root is away", true};
        if (size == sizes.end()) co_return MediaFault{"its file is missing"};
        co_return MediaFile{media.content_file, media.content_type, size->second,
                            "https://m/" + media.content_file};
    }
    std::vector<std::string> types_from(std::string_view content_type) const override {
        if (content_type == "image/webp") return {"image/odd", "image/png"};
        return {};
    }
    /// Half as large.
    Task<boost::system::result<MediaFile, MediaFault>> convert(Media media, MediaForm form) override {
        if (!fault.what.empty()) co_return fault;
        forms.push_back(form);
        co_return MediaFile{"", form.content_type, sizes.at(media.content_file) / 2,
                            "https://m/converted/" + media.content_file};
    }
    std::map<std::string, std::uintmax_t> sizes;
    bool away = false;
    MediaFault fault;
    std::vector<MediaForm> forms;
};

struct MediaTest : testing::PreparerTest {
    MediaTest() {
        transport.media = {10, 1000};
        for (int i = 1; i <= 12; ++i) files.sizes[std::to_string(i)] = 100;
    }
    static std::vector<Media> media(int count) {
        std::vector<Media> all;
        for (int i = 1; i <= count; ++i) all.push_back({std::to_string(i), "image/png"});
        return all;
    }
    Prepared prepare_with(std::vector<Media> media, std::string text = "look", int next_part = 1) {
        Waiting waiting = message(std::move(text));
        waiting.message.media_count = static_cast<int>(media.size());
        waiting.message.next_part = next_part;
        return result_of(with_files.prepare(std::move(waiting), channel, transport, now, media));
    }
    std::string refusal_of(std::vector<Media> media) {
        const auto foregone = prepare_with(std::move(media)).foregone;
        return foregone ? foregone->outcome.reason : "none";
    }

    Files files;
    Preparer with_files{privacy, &files};
};

TEST_F(MediaTest, GoWithTheTextInTheirOrder) {
    const Prepared prepared = prepare_with(media(2));
    EXPECT_EQ(prepared.request.parts, 1);
    EXPECT_EQ(prepared.request.text.reveal(), "look");
    ASSERT_THAT(prepared.request.media, SizeIs(2));
    EXPECT_EQ(prepared.request.media[1], (MediaFile{"2", "image/png", 100, "https://m/2"}));
}

TEST_F(MediaTest, NeedNoText) {
    const Prepared prepared = prepare_with(media(1), "");
    EXPECT_FALSE(prepared.foregone);
    EXPECT_THAT(prepared.request.media, SizeIs(1));
}

TEST_F(MediaTest, GoWithTheLastPartOfALongText) {
    transport.units_max = 100;
    const std::string text = std::string(90, 'a') + " " + std::string(90, 'b');
    const Prepared first = prepare_with(media(2), text);
    EXPECT_EQ(first.request.parts, 2);
    EXPECT_THAT(first.request.media, SizeIs(0));
    EXPECT_THAT(prepare_with(media(2), text, 2).request.media, SizeIs(2));
}

TEST_F(MediaTest, ThatAreTooManyForOneRequestGoOneByOneAndTheTextAfterThem) {
    const Prepared first = prepare_with(media(12));
    EXPECT_EQ(first.request.parts, 13);
    EXPECT_EQ(first.request.text.reveal(), "");
    ASSERT_THAT(first.request.media, SizeIs(1));
    EXPECT_EQ(first.request.media[0].path, "1");
    EXPECT_EQ(prepare_with(media(12), "look", 12).request.media.at(0).path, "12");
    const Prepared last = prepare_with(media(12), "look", 13);
    EXPECT_EQ(last.request.text.reveal(), "look");
    EXPECT_THAT(last.request.media, SizeIs(0));
    EXPECT_EQ(prepare_with(media(12), "").request.parts, 12);
}

TEST_F(MediaTest, ThatAreTooManyGoBeforeALongTextsPartsToo) {
    transport.units_max = 100;
    const std::string text = std::string(90, 'a') + " " + std::string(90, 'b');
    EXPECT_EQ(prepare_with(media(12), text).request.parts, 14);
    EXPECT_EQ(prepare_with(media(12), text, 14).request.text.reveal(), std::string(90, 'b'));
}

TEST_F(MediaTest, WhatCannotBeSentIsSaidByItsNumber) {
    std::vector<Media> with_missing = media(2);
    with_missing[1].content_file = "missing";
    EXPECT_EQ(refusal_of(with_missing), "medium 2: its file is missing");
    transport.objects_to = "3";
    EXPECT_EQ(refusal_of(media(3)), "medium 3 is not to the transport's taste");
    transport.objects_to.clear();
    files.sizes["1"] = std::uintmax_t{10} << 10;
    EXPECT_THAT(refusal_of(media(1)), HasSubstr("its media have 10 KB"));
}

TEST_F(MediaTest, WhatTheProviderDoesNotTakeIsConvertedToWhatItTakes) {
    transport.media.fetched = true;
    transport.takes_types = {"image/png"};
    std::vector<Media> both = media(2);
    both[1].content_type = "image/webp";
    const Prepared prepared = prepare_with(both);
    ASSERT_FALSE(prepared.foregone);
    EXPECT_THAT(prepared.request.media, ElementsAre(MediaFile{"1", "image/png", 100, "https://m/1"},
                                                    MediaFile{"", "image/png", 50, "https://m/converted/2"}));
    EXPECT_THAT(files.forms, ElementsAre(MediaForm{"image/png", 500})) << "its share of what may go together";
}

TEST_F(MediaTest, OneThatGoesAloneMayBeAsLargeAsOneMayBe) {
    transport.media.fetched = true;
    transport.takes_types = {"image/png"};
    std::vector<Media> many = media(11);
    many[10].content_type = "image/webp";
    EXPECT_FALSE(prepare_with(many).foregone);
    EXPECT_THAT(files.forms, ElementsAre(MediaForm{"image/png", 1000}));
}

TEST_F(MediaTest, WhatIsTakenAsItIsOrIsNotFetchedIsNotConverted) {
    std::vector<Media> webp = media(1);
    webp[0].content_type = "image/webp";
    EXPECT_EQ(prepare_with(webp).request.media.at(0).content_type, "image/webp");
    transport.takes_types = {"image/png"};
    EXPECT_EQ(refusal_of(webp), "medium 1 is of type image/webp");
    transport.media.fetched = true;
    webp[0].content_type = "image/heic";
    EXPECT_EQ(refusal_of(webp), "medium 1 is of type image/heic");
    transport.takes_types = {"image/jpeg"};
    webp[0].content_type = "image/webp";
    EXPECT_EQ(refusal_of(webp), "medium 1 is of type image/webp");
    EXPECT_THAT(files.forms, SizeIs(0));
}

TEST_F(MediaTest, WhatCannotBeConvertedIsRefusedWithTheReasonUnlessThatPasses) {
    transport.media.fetched = true;
    transport.takes_types = {"image/png"};
    std::vector<Media> webp = media(1);
    webp[0].content_type = "image/webp";
    files.fault = {"it is damaged"};
    EXPECT_EQ(refusal_of(webp), "medium 1 is of type image/webp, and it cannot be converted: it is damaged");
    files.fault = {"no process", true};
    const Prepared prepared = prepare_with(webp);
    EXPECT_TRUE(prepared.later);
    EXPECT_FALSE(prepared.foregone);
}

TEST_F(MediaTest, WhatPassesIsNoReasonToGiveUp) {
    files.away = true;
    const Prepared prepared = prepare_with(media(1));
    EXPECT_TRUE(prepared.later);
    EXPECT_FALSE(prepared.foregone);
    EXPECT_EQ(prepared.waiting.message.media_count, 1);
}

TEST_F(MediaTest, WhatWasSentHoldsAlsoWhereOneOfManyFilesIsGoneByNow) {
    const Prepared last = prepare_with(media(12), "look", 13);
    Waiting waiting = message("look");
    waiting.message.media_count = 12;
    JournaledEnd end;
    end.attempt_id = 7;
    end.part = 13;
    end.content_hash = last.content_hash;
    end.send_date = waiting.message.key.send_date;
    end.metadata = "{}";
    waiting.message.journaled_end = end;
    files.sizes.erase("2");
    const auto foregone =
        result_of(with_files.prepare(std::move(waiting), channel, transport, now, media(12))).foregone;
    ASSERT_TRUE(foregone);
    EXPECT_EQ(foregone->disposition, Disposition::sent);
}

TEST_F(MediaTest, AChannelThatTakesNoneRefusesThem) {
    transport.media = {};
    EXPECT_EQ(refusal_of(media(1)), "it has media, and its channel sends none");
}

TEST_F(MediaTest, WithoutItsMediaNothingIsSent) {
    Waiting waiting = message("look");
    waiting.message.media_count = 2;
    const auto prepared =
        result_of(with_files.prepare(std::move(waiting), channel, transport, now, media(1)));
    EXPECT_TRUE(prepared.foregone);
}

}  // namespace
}  // namespace postrider
