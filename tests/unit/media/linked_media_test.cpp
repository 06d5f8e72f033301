#include "lib/media/linked_media.h"

#include "tests/support/manual_clock.h"
#include "tests/support/task_test.h"

#include <filesystem>
#include <fstream>

namespace postrider {
namespace {

struct LinkedMediaTest : testing::TaskTest {
    ~LinkedMediaTest() override { stop(); }
    testing::ManualClock clock{io.get_executor()};
    MediaRoot root{std::filesystem::temp_directory_path()};
    MediaLinks links{"https://m.example.org", Secret("secret")};
    BlockingPool files{1};
    std::unique_ptr<ImageConverter> converter = make_image_converter("/bin/false");
    ConvertedMedia converted{root, *converter, files, 1};
    LinkedMedia media{root, links, clock, files, converted};
};

TEST_F(LinkedMediaTest, AFileThatIsMissingIsAFault) {
    const auto found = result_of(media.find({"none/such.png", "image/png"}));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, "its file is missing");
}

}  // namespace
}  // namespace postrider
